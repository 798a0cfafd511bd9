package core

import (
	"context"
	"slices"
	"strings"

	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/status"
)

const apiKeyListName = "api_keys"

// ListAPIKeys returns living keys by owner and name. A cursor is of both, parted by a slash, which no id has.
func (c *Core) ListAPIKeys(ctx context.Context, r user.ListAPIKeysRequest) (user.APIKeyPage, error) {
	limit, err := contract.PageLimit(r.Limit)
	if err != nil {
		return user.APIKeyPage{}, status.New(status.Invalid, "", "%v", err)
	}
	after, err := contract.DecodeCursor(apiKeyListName, r.Cursor)
	if err != nil {
		return user.APIKeyPage{}, status.New(status.Invalid, "invalid_cursor", "the cursor is %v", err).
			With(status.DetailHint, "use next_cursor of the page before as it is")
	}
	owner, name, _ := strings.Cut(after, "/")
	var keys []APIKey
	err = c.store.View(ctx, func(ctx context.Context, rows Rows) (err error) {
		if r.Email != "" {
			a, err := rows.AccountByEmail(ctx, r.Email)
			if err != nil {
				return err
			}
			owner = a.ID // whose page it is does not hang on the cursor
		}
		keys, err = rows.APIKeysAfter(ctx, owner, name, c.stamp(), limit+1)
		if r.Email != "" {
			keys = of(owner, keys)
		}
		return err
	})
	if err != nil {
		return user.APIKeyPage{}, failure(err)
	}
	page := user.APIKeyPage{Items: []user.APIKey{}}
	for i, k := range keys {
		if i == limit {
			page.NextCursor = contract.EncodeCursor(apiKeyListName, keys[i-1].Owner+"/"+keys[i-1].Name)
			break
		}
		page.Items = append(page.Items, k.public())
	}
	return page, nil
}

// of leaves of sorted keys those that come before other owners'.
func of(owner string, keys []APIKey) []APIKey {
	if other := slices.IndexFunc(keys, func(k APIKey) bool { return k.Owner != owner }); other >= 0 {
		return keys[:other]
	}
	return keys
}
