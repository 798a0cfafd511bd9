package core_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/core"
	"holon/transport/contract"
)

// newGatekeeper returns one that knows key, on a clock that stands at start.
func newGatekeeper(t *testing.T) (*core.Gatekeeper, *clock) {
	t.Helper()
	c := &clock{}
	ring, _ := newRing(t, answering(with(key)), c.now)
	return core.NewGatekeeper(started(t, ring), 100, c.now), c
}

func TestGoodTokens(t *testing.T) {
	t.Parallel()
	g, _ := newGatekeeper(t)
	ada := contract.Principal{Subject: "ada"}
	for _, row := range []struct {
		what  string
		token forge
		want  contract.Principal
	}{
		{"plain", good(), ada},
		{"with roles", good().claim("roles", []string{"admin", "x"}), contract.Principal{Subject: "ada", Roles: []string{"admin", "x"}}},
		{"audience as a text", good().claim("aud", "holon"), ada},
		{"audience among others", good().claim("aud", []string{"shop", "holon"}), ada},
		{"without type or id", good().head("typ", nil).claim("jti", nil), ada},
		{"with claims nobody reads", good().claim("name", "Ada").claim("Name", "x").claim("azp", object{"sub": "eve"}), ada},
		{"not before, and it is after", good().claim("nbf", start.Unix()), ada},
		{"not before, within the leeway", good().claim("nbf", start.Add(30*time.Second).Unix()), ada},
		{"issued in the future, within the leeway", good().lasting(30*time.Second, time.Hour), ada},
		{"expired, within the leeway", good().lasting(-time.Hour, -29*time.Second), ada},
		{"as long as any may be", good().lasting(0, 24*time.Hour), ada},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			for range 2 { // the second time out of the cache
				p, err := g.Authenticate(t.Context(), row.token.signed())
				require.NoError(t, err)
				require.Equal(t, row.want, p)
			}
		})
	}
}
