package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
)

// TestScripts runs the command lines of testdata/script and holds what they print.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"), UpdateScripts: modulestest.Updating(),
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, "config"))
			return nil
		},
	})
}

// TestReferenceFile holds configs/holon.yaml against the settings there are.
func TestReferenceFile(t *testing.T) {
	t.Parallel()
	want, err := reference()
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join("..", "..", "configs", "holon.yaml"))
	require.NoError(t, err)
	require.Equal(t, want, string(got), "write it anew with: make generate")
}
