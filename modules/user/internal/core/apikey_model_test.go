package core_test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"holon/modules/user"
	"holon/modules/user/internal/core"
	"holon/transport/status"
)

// keyModel is what must be true of the keys that were ever made: each is good until the first thing that ends it.
type keyModel struct {
	owners []string
	gone   map[string]bool
	made   []user.CreateAPIKeyReply
	// revoked and swept are by id; swept are those that had expired when their owner got another.
	revoked, swept map[string]bool
}

// wants is the reason for which a check must fail, "" for none.
func (m *keyModel) wants(k user.APIKey, now time.Time) string {
	switch {
	case m.gone[k.Owner] || m.revoked[k.ID] || m.swept[k.ID]:
		return "invalid_api_key"
	case !k.ExpiresAt.IsZero() && !now.Before(k.ExpiresAt):
		return "api_key_expired"
	default:
		return ""
	}
}

// living are the owner's keys as they must be listed.
func (m *keyModel) living(owner string, now time.Time) []user.APIKey {
	out := []user.APIKey{}
	for _, made := range m.made {
		if made.APIKey.Owner == owner && m.wants(made.APIKey, now) == "" {
			out = append(out, made.APIKey)
		}
	}
	slices.SortFunc(out, func(a, b user.APIKey) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (m *keyModel) create(t *rapid.T, u *core.Core, now time.Time) {
	owner := rapid.SampledFrom(m.owners).Draw(t, "owner")
	name := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name")
	ttl := rapid.SampledFrom([]time.Duration{0, time.Second, time.Minute, time.Hour}).Draw(t, "ttl")
	made, err := makeKey(t.Context(), u, owner, name, ttl)
	taken := slices.ContainsFunc(m.living(owner, now), func(k user.APIKey) bool { return k.Name == name })
	switch {
	case m.gone[owner]:
		require.ErrorIs(t, err, status.New(status.NotFound, "user_not_found", ""))
	case taken:
		require.ErrorIs(t, err, status.New(status.Conflict, "api_key_name_taken", ""))
	default:
		require.NoError(t, err)
		for _, before := range m.made {
			if before.APIKey.Owner == owner && m.wants(before.APIKey, now) != "" {
				m.swept[before.APIKey.ID] = true
			}
		}
		m.made = append(m.made, made)
	}
}

func TestAPIKeysAreGoodUntilTheyEnd(t *testing.T) {
	t.Parallel()
	c := newClock()
	s, u := keyed(t, c)
	var worlds atomic.Int64
	rapid.Check(t, func(r *rapid.T) {
		world := worlds.Add(1)
		m := &keyModel{gone: make(map[string]bool), revoked: make(map[string]bool), swept: make(map[string]bool)}
		for i := range 3 {
			m.owners = append(m.owners, fmt.Sprintf("world%d-user%d", world, i))
		}
		enter(t, s, m.owners...)
		now := func() time.Time { return c.now().UTC().Truncate(time.Microsecond) }
		r.Repeat(map[string]func(*rapid.T){
			"create": func(r *rapid.T) { m.create(r, u, now()) },
			"revoke": func(r *rapid.T) {
				if len(m.made) == 0 {
					r.Skip("none made yet")
				}
				k := rapid.SampledFrom(m.made).Draw(r, "key").APIKey
				_, err := u.RevokeAPIKey(t.Context(), user.RevokeAPIKeyRequest{ID: k.ID})
				if m.wants(k, now()) == "invalid_api_key" {
					require.ErrorIs(r, err, status.New(status.NotFound, "api_key_not_found", ""))
					return
				}
				require.NoError(r, err)
				m.revoked[k.ID] = true
			},
			"pass": func(r *rapid.T) {
				c.pass(rapid.SampledFrom([]time.Duration{time.Second, 59 * time.Second, time.Hour}).Draw(r, "time"))
			},
			"delete": func(r *rapid.T) {
				id := rapid.SampledFrom(m.owners[:2]).Draw(r, "owner") // one stays
				if m.gone[id] {
					r.Skip("once")
				}
				_, err := u.Delete(self(t, id), user.DeleteRequest{ID: id})
				require.NoError(r, err)
				m.gone[id] = true
			},
			"": func(r *rapid.T) {
				for _, made := range m.made {
					got, err := checkKey(t.Context(), u, made.Text)
					if want := m.wants(made.APIKey, now()); want != "" {
						require.ErrorIs(r, err, status.New(status.Unauthenticated, want, ""))
						continue
					}
					require.NoError(r, err)
					require.Equal(r, user.CheckAPIKeyReply{Subject: made.APIKey.Owner, Scopes: []string{"*"},
						Key: made.APIKey.ID, ExpiresAt: made.APIKey.ExpiresAt}, got)
				}
				for _, owner := range m.owners {
					if m.gone[owner] {
						continue
					}
					page, err := u.ListAPIKeys(t.Context(), user.ListAPIKeysRequest{Email: owner + "@example.com"})
					require.NoError(r, err)
					require.Equal(r, m.living(owner, now()), page.Items)
				}
			},
		})
	})
}
