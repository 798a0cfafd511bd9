package storage_test

import (
	"context"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestKilledProcessLosesNothingItConfirmed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var confirmed []string
	for range 5 {
		c := startChild(t, "write", dir)
		for range rand.IntN(400) {
			require.True(t, c.lines.Scan())
			confirmed = append(confirmed, c.lines.Text())
		}
		for _, id := range c.kill(t) {
			if len(id) == len("00000000-0000-0000-0000-000000000000") { // the last line may be torn
				confirmed = append(confirmed, id)
			}
		}
		s := newStore(t, params(dir))
		require.NoError(t, s.Open(t.Context()))
		all := s.all(t, t.Context())
		require.NoError(t, s.Close(t.Context()))
		require.GreaterOrEqual(t, len(all), len(confirmed))
		for _, id := range confirmed {
			require.Equal(t, "body of "+id, all[id])
		}
	}
	t.Logf("%d rows confirmed", len(confirmed))
}

func TestKilledWhileOpening(t *testing.T) {
	t.Parallel()
	began := time.Now()
	startChild(t, "hold", t.TempDir())
	takes := time.Since(began)
	opened := 0
	for range 20 {
		p := params(t.TempDir())
		ctx, cancel := context.WithTimeout(t.Context(), rand.N(takes*3/2))
		cmd := exec.CommandContext(ctx, os.Args[0], p.Dir)
		cmd.Env = append(os.Environ(), childEnv+"=hold")
		_, err := cmd.StdinPipe()
		require.NoError(t, err)
		out, err := cmd.Output()
		cancel()
		require.Error(t, err, "it waits until it is killed")
		if len(out) > 0 {
			opened++
		}
		s := newStore(t, p)
		require.NoError(t, s.Open(t.Context()))
		require.NoError(t, s.insert(t.Context(), "a", "1"))
		require.NoError(t, s.Close(t.Context()))
	}
	t.Logf("%d of 20 children had opened the store", opened)
}
