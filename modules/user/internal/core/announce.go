package core

import (
	"context"
	"time"

	"holon/modules/user"
	"holon/transport/contract"
)

// Announcer tells others what has happened.
type Announcer interface {
	// Announce adds a fact to the transaction that ctx belongs to: it is kept, and then reaches everybody who listens, or
	// undone with it. Whoever gets an error returns it.
	Announce(ctx context.Context, f contract.Fact) error
}

// announce tells that an account has come to a version.
func (c *Core) announce(ctx context.Context, t contract.Topic[user.Changed], id string, version int64, at time.Time) error {
	return c.facts.Announce(ctx, t.Fact(user.Changed{ID: id, Version: version, At: at}))
}
