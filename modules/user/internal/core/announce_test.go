package core_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/modules/user/internal/core"
	"holon/transport/contract"
	"holon/transport/status"
)

// heard are the facts of transactions that were kept, as a log would have them.
type heard struct {
	facts []contract.Fact
	fail  error
}

func (h *heard) announce(ctx context.Context, f contract.Fact) error {
	if !contract.InTransaction(ctx) {
		return errors.New("announced outside a transaction")
	}
	if h.fail != nil {
		return h.fail
	}
	h.facts = append(h.facts, f)
	return nil
}

// take returns what was heard since the last time.
func (h *heard) take() []contract.Fact {
	facts := h.facts
	h.facts = nil
	return facts
}

func listening(t *testing.T, s core.Store, c *clock) (*core.Core, *heard) {
	t.Helper()
	h := &heard{}
	u, err := core.New(s, announcer{h.announce}, core.Settings{Hashes: 1}, c.now)
	require.NoError(t, err)
	return u, h
}

var (
	ada = user.RegisterRequest{Name: "Ada", Email: "ada@example.com", Password: "correct horse"}
	eve = user.RegisterRequest{Name: "Eve", Email: "eve@example.com", Password: "correct horse"}
)

func TestEveryChangeIsAnnounced(t *testing.T) {
	t.Parallel()
	c := newClock()
	u, heard := listening(t, openStore(t), c)
	made, err := u.Register(t.Context(), ada)
	require.NoError(t, err)
	says := func(t *testing.T, topic string, version int64) {
		t.Helper()
		at := c.now().UTC().Truncate(time.Microsecond)
		require.Equal(t, []contract.Fact{{Topic: topic, Schema: 1, Key: made.ID, Version: version,
			Event: user.Changed{ID: made.ID, Version: version, At: at}}}, heard.take())
	}
	says(t, "user.created", 1)

	// The rows build on each other.
	for _, row := range []struct {
		what    string
		change  func(context.Context) error
		topic   string
		version int64
	}{
		{"a name", func(ctx context.Context) error {
			_, err := u.Update(ctx, user.UpdateRequest{ID: made.ID, Name: new("Countess")})
			return err
		}, "user.updated", 2},
		{"the same name is no change", func(ctx context.Context) error {
			_, err := u.Update(ctx, user.UpdateRequest{ID: made.ID, Name: new("Countess")})
			return err
		}, "", 2},
		{"a role is none of the profile", func(ctx context.Context) error {
			_, err := u.Promote(ctx, user.PromoteRequest{Email: ada.Email})
			return err
		}, "", 2},
		{"an address", func(ctx context.Context) error {
			_, err := u.Update(ctx, user.UpdateRequest{ID: made.ID, Email: new("Ada@example.com")})
			return err
		}, "user.updated", 3},
		{"the end", func(ctx context.Context) error {
			_, err := u.Delete(ctx, user.DeleteRequest{ID: made.ID})
			return err
		}, "user.deleted", 4},
	} {
		t.Run(row.what, func(t *testing.T) {
			c.pass(time.Second)
			require.NoError(t, row.change(self(t, made.ID)))
			if row.topic == "" {
				require.Empty(t, heard.take())
				return
			}
			says(t, row.topic, row.version)
		})
	}
}

func TestARefusedChangeIsNotAnnounced(t *testing.T) {
	t.Parallel()
	u, heard := listening(t, openStore(t), newClock())
	made, err := u.Register(t.Context(), ada)
	require.NoError(t, err)
	_, err = u.Register(t.Context(), eve)
	require.NoError(t, err)
	heard.take()
	for _, row := range []struct {
		what    string
		change  func(context.Context) error
		refusal status.Code
	}{
		{"address taken", func(ctx context.Context) error {
			_, err := u.Register(ctx, eve)
			return err
		}, status.Conflict},
		{"another's address", func(ctx context.Context) error {
			_, err := u.Update(ctx, user.UpdateRequest{ID: made.ID, Email: &eve.Email})
			return err
		}, status.Conflict},
		{"update of another version", func(ctx context.Context) error {
			_, err := u.Update(ctx, user.UpdateRequest{ID: made.ID, Name: new("Countess"), IfVersion: 2})
			return err
		}, status.PreconditionFailed},
		{"deletion of another version", func(ctx context.Context) error {
			_, err := u.Delete(ctx, user.DeleteRequest{ID: made.ID, IfVersion: 2})
			return err
		}, status.PreconditionFailed},
		{"deletion by another", func(ctx context.Context) error {
			_, err := u.Delete(self(t, "eve"), user.DeleteRequest{ID: made.ID})
			return err
		}, status.PermissionDenied},
	} {
		t.Run(row.what, func(t *testing.T) {
			modulestest.Refused(t, row.change(self(t, made.ID)), row.refusal, "")
			require.Empty(t, heard.take())
		})
	}
}

func TestWhatCannotBeAnnouncedDoesNotHappen(t *testing.T) {
	t.Parallel()
	u, heard := listening(t, openStore(t), newClock())
	before, err := u.Register(t.Context(), ada)
	require.NoError(t, err)
	full := status.New(status.Unavailable, "event_backlog_full", "")
	heard.fail = full
	ctx := self(t, before.ID)

	_, err = u.Register(ctx, eve)
	require.ErrorIs(t, err, full)
	_, err = u.Update(ctx, user.UpdateRequest{ID: before.ID, Name: new("Countess")})
	require.ErrorIs(t, err, full)
	_, err = u.Delete(ctx, user.DeleteRequest{ID: before.ID})
	require.ErrorIs(t, err, full)

	after, err := u.Get(ctx, user.GetRequest{ID: before.ID})
	require.NoError(t, err)
	require.Equal(t, before, after)
	_, err = u.Promote(ctx, user.PromoteRequest{Email: eve.Email})
	modulestest.Refused(t, err, status.NotFound, "")
	heard.fail = nil
	_, err = u.Register(ctx, eve)
	require.NoError(t, err, "the address is free")
}
