package main

import (
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestClusterID is kept once, whoever comes first, and nothing else stays behind.
func TestClusterID(t *testing.T) {
	t.Parallel()
	c := clusterID{t.TempDir()}
	id, err := c.Get()
	require.NoError(t, err)
	require.Empty(t, id)
	kept := make([]string, 8)
	var all sync.WaitGroup
	for i := range kept {
		all.Go(func() {
			var err error
			if kept[i], err = c.Adopt(fmt.Sprint("id", i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, k := range kept {
		require.Equal(t, kept[0], k)
	}
	files, err := os.ReadDir(c.dataDir)
	require.NoError(t, err)
	require.Len(t, files, 1)

	require.NoError(t, os.WriteFile(c.path(), nil, 0o600)) // a power cut
	id, err = c.Adopt("another")
	require.NoError(t, err)
	require.Equal(t, "another", id)
}

func TestPortsOfSeedsAreLeftOut(t *testing.T) {
	t.Parallel()
	for seed, want := range map[string]bool{
		"127.0.0.1:7946": true, "127.0.0.1": true, "localhost:7946": true, "localhost": true, "[::1]:7946": true, "::1": true,
		"127.0.0.1:7956": false, "10.255.255.1:7946": false, "seed.example:7946": false,
	} {
		require.Equal(t, want, joins([]string{seed}, "127.0.0.1", "7946"), seed)
	}
}
