package core

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"holon/modules/user"
)

// Register makes an account.
func (c *Core) Register(ctx context.Context, r user.RegisterRequest) (user.User, error) {
	for _, err := range []error{checkName(r.Name, user.MaxName), checkEmail(r.Email), checkPassword(r.Password)} {
		if err != nil {
			return user.User{}, err
		}
	}
	// The hash is made before the transaction: it takes longer than everything else together.
	hash, err := c.hasher.hash(ctx, r.Password)
	if err != nil {
		return user.User{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return user.User{}, fmt.Errorf("make an id: %w", err)
	}
	now := c.stamp()
	a := Account{
		ID: id.String(), Name: r.Name, Email: r.Email, PasswordHash: hash, Version: 1, CreatedAt: now, UpdatedAt: now,
	}
	err = c.store.Update(ctx, func(ctx context.Context, rows Rows) error {
		if err := rows.Insert(ctx, a); err != nil {
			return err
		}
		return c.announce(ctx, user.WasCreated, a.ID, a.Version, a.CreatedAt)
	})
	if err != nil {
		return user.User{}, failure(err)
	}
	return a.public(), nil
}
