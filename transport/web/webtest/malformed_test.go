package webtest_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/web/webtest"
)

func TestMalformedIsTheSameForTheSameNumbers(t *testing.T) {
	t.Parallel()
	a, b := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(1, 2))
	seen := make(map[string]bool)
	for range 1000 {
		raw := webtest.Malformed(a, "GET /books", "POST /books")
		require.Equal(t, raw, webtest.Malformed(b, "GET /books", "POST /books"))
		seen[string(raw)] = true
	}
	require.Greater(t, len(seen), 800)
}
