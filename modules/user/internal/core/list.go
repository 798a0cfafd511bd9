package core

import (
	"context"

	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/status"
)

const listName = "users"

// List returns accounts to an admin, oldest first: ids are UUIDv7 and grow with time.
func (c *Core) List(ctx context.Context, r user.ListRequest) (user.Page, error) {
	if err := allowAdmin(ctx); err != nil {
		return user.Page{}, err
	}
	limit, err := contract.PageLimit(r.Limit)
	if err != nil {
		return user.Page{}, status.New(status.Invalid, "", "%v", err)
	}
	after, err := contract.DecodeCursor(listName, r.Cursor)
	if err != nil {
		return user.Page{}, status.New(status.Invalid, "invalid_cursor", "the cursor is %v", err).
			With(status.DetailHint, "use next_cursor of the page before as it is")
	}
	var rows []Account
	err = c.store.View(ctx, func(ctx context.Context, r Rows) (err error) {
		rows, err = r.AccountsAfter(ctx, after, limit+1)
		return err
	})
	if err != nil {
		return user.Page{}, err
	}
	page := user.Page{Items: []user.User{}}
	for i, a := range rows {
		if i == limit {
			page.NextCursor = contract.EncodeCursor(listName, rows[i-1].ID)
			break
		}
		page.Items = append(page.Items, a.public())
	}
	return page, nil
}
