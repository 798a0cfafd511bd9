package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestExitCodes holds what scripts and supervisors rely on; 75 is held by TestSecondOpener.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	corrupt, foreign := t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(corrupt, "user.db"), []byte("no database at all, but long enough to look like a file"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(foreign, "holon.yaml"), []byte("htp: {}"), 0o600))
	for name, row := range map[string]struct {
		code int
		args []string
		says string
	}{
		"done":          {0, []string{"version"}, "holon "},
		"unknown verb":  {64, []string{"rnu"}, "did you mean run"},
		"unknown flag":  {64, []string{"run", "--nmae", "x"}, "did you mean --name"},
		"argument":      {64, []string{"completion", "bash", "extra"}, "holon completion bash --help"},
		"corrupt data":  {65, []string{"run", "--config", "none", "--data-dir", corrupt, "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0"}, "holon restore --from BACKUP --replace --data-dir"},
		"configuration": {78, []string{"run", "--config", filepath.Join(foreign, "holon.yaml")}, "did you mean \"http\""},
		"failed":        {1, []string{"health", "--config", "none", "--data-dir", t.TempDir()}, "no node runs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out lockedBuffer
			code := run(t.Context(), row.args, environment{out: &out, err: &out})
			require.Equal(t, row.code, code, out.String())
			require.Contains(t, out.String(), row.says)
		})
	}
	raw, err := os.ReadFile(filepath.Join(corrupt, "user.db"))
	require.NoError(t, err)
	require.Contains(t, string(raw), "no database at all", "the file stays as it is")
}
