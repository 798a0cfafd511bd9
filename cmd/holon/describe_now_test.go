package main

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestNodeThatStandsStill is neither taken for a node that answers nor for one that has ended.
func TestNodeThatStandsStill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	node := start(t, dir)
	require.NoError(t, node.cmd.Process.Signal(syscall.SIGSTOP))
	defer func() { require.NoError(t, node.cmd.Process.Signal(syscall.SIGCONT)) }()
	for _, verb := range []string{"describe", "health"} {
		var out lockedBuffer
		require.Equal(t, exitFailed, run(t.Context(), []string{verb, "--config", "none", "--data-dir", dir}, environment{out: &out, err: &out}))
		require.Contains(t, out.String(), "node n1 does not answer")
		require.Contains(t, out.String(), "is still there")
	}
}

// TestNodeOfAnotherBinary runs modules that this one does not have.
func TestNodeOfAnotherBinary(t *testing.T) {
	t.Parallel()
	s := &nodeStatus{Modules: []moduleStatus{{Name: "order"}, {Name: "billing"}}}
	known, strangers := s.placed()
	require.Equal(t, []string{"order"}, known)
	require.Equal(t, []string{"billing"}, strangers)
	var out strings.Builder
	require.NoError(t, writePresent(&out, s, "data", time.Now()))
	require.Contains(t, out.String(), "!! it runs modules that this binary does not have: billing")
}
