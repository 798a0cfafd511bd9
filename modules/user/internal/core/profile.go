package core

import (
	"context"
	"errors"

	"holon/modules/user"
	"holon/transport/status"
)

// Get returns an account to itself or an admin.
func (c *Core) Get(ctx context.Context, r user.GetRequest) (user.User, error) {
	if err := allow(ctx, r.ID); err != nil {
		return user.User{}, err
	}
	var a Account
	err := c.store.View(ctx, func(ctx context.Context, rows Rows) (err error) {
		a, err = rows.Account(ctx, r.ID)
		return err
	})
	if err != nil {
		return user.User{}, failure(err)
	}
	return a.public(), nil
}

// Update changes the profile. Setting a field to what it is already changes nothing, not even the version.
func (c *Core) Update(ctx context.Context, r user.UpdateRequest) (user.User, error) {
	if err := allow(ctx, r.ID); err != nil {
		return user.User{}, err
	}
	if r.Name != nil {
		if err := checkName(*r.Name, user.MaxName); err != nil {
			return user.User{}, err
		}
	}
	if r.Email != nil {
		if err := checkEmail(*r.Email); err != nil {
			return user.User{}, err
		}
	}
	var after Account
	err := c.store.Update(ctx, func(ctx context.Context, rows Rows) error {
		before, err := account(ctx, rows, r.ID, r.IfVersion)
		if err != nil {
			return err
		}
		after = before
		if r.Name != nil {
			after.Name = *r.Name
		}
		if r.Email != nil {
			after.Email = *r.Email
		}
		if after.Name == before.Name && after.Email == before.Email {
			return nil
		}
		after.Version++
		after.UpdatedAt = c.stamp()
		if err := rows.Save(ctx, after); err != nil {
			return err
		}
		return c.announce(ctx, user.WasUpdated, after.ID, after.Version, after.UpdatedAt)
	})
	if err != nil {
		return user.User{}, failure(err)
	}
	return after.public(), nil
}

// Delete removes an account and with it its API keys, what was known of its orders and the address, which is free again.
func (c *Core) Delete(ctx context.Context, r user.DeleteRequest) (user.DeleteReply, error) {
	if err := allow(ctx, r.ID); err != nil {
		return user.DeleteReply{}, err
	}
	err := c.store.Update(ctx, func(ctx context.Context, rows Rows) error {
		last, err := account(ctx, rows, r.ID, r.IfVersion)
		if err != nil {
			return err
		}
		if err := rows.Remove(ctx, r.ID); err != nil {
			return err
		}
		return c.announce(ctx, user.WasDeleted, r.ID, last.Version+1, c.stamp())
	})
	return user.DeleteReply{}, failure(err)
}

// account reads a row and checks the version that the caller insists on, 0 for none.
func account(ctx context.Context, rows Rows, id string, ifVersion int64) (Account, error) {
	a, err := rows.Account(ctx, id)
	if err == nil && ifVersion != 0 && ifVersion != a.Version {
		err = status.New(status.PreconditionFailed, "", "the profile was changed meanwhile").
			With(status.DetailHint, "read it again and send its present ETag")
	}
	return a, err
}

// Exists tells modules whether there is such an account.
func (c *Core) Exists(ctx context.Context, r user.ExistsRequest) (user.ExistsReply, error) {
	err := c.store.View(ctx, func(ctx context.Context, rows Rows) error {
		_, err := rows.Account(ctx, r.ID)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return user.ExistsReply{}, nil
	}
	return user.ExistsReply{Exists: err == nil}, err
}

// Promote makes an admin. It is no change of the profile, so it keeps the version and is not announced.
func (c *Core) Promote(ctx context.Context, r user.PromoteRequest) (user.User, error) {
	var a Account
	err := c.store.Update(ctx, func(ctx context.Context, rows Rows) (err error) {
		if a, err = rows.AccountByEmail(ctx, r.Email); err != nil || a.Admin {
			return err
		}
		a.Admin = true
		return rows.Save(ctx, a)
	})
	if err != nil {
		return user.User{}, failure(err)
	}
	return a.public(), nil
}
