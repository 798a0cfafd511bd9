//go:build linux

package main

import (
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestKeyIsRevoked holds a revocation at every gateway within 5 s.
func TestKeyIsRevoked(t *testing.T) {
	t.Parallel()
	notRaced(t)
	s := startSplit(t, t.TempDir())
	ada := &person{t: t, url: s.gateway.URL}
	ada.register("ada@example.com")
	out := command(t, "apikey", "create", "--owner", "ada@example.com", "--name", "ci", "--scope", "route:list-orders", "--data-dir", s.dir)
	key := regexp.MustCompile(`holon_[a-z0-9]+_[a-z0-9]+`).FindString(out)
	robot := &person{t: t, url: s.gateway.URL, token: key}
	robot.ask(200, "GET", "/orders", "")
	robot.ask(403, "POST", "/orders", oneBook)
	command(t, "apikey", "revoke", key, "--data-dir", s.dir)
	revoked := time.Now()
	require.Eventually(t, func() bool {
		a, err := robot.try("GET", "/orders", "")
		return err == nil && a.code == 401
	}, 5*time.Second, 10*time.Millisecond)
	t.Logf("refused %s after it was revoked", time.Since(revoked).Round(time.Millisecond))
}
