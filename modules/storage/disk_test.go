package storage_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// smallDisk mounts a file system of so many bytes and returns its root. It takes the right to mount; where everything
// must be tried a machine without it fails.
func smallDisk(t *testing.T, bytes int, options ...string) string {
	t.Helper()
	dir := t.TempDir()
	if err := mount(dir, strings.Join(append(options, "size="+strconv.Itoa(bytes)), ",")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("a small disk cannot be mounted: %v", err)
		}
		t.Skipf("a small disk cannot be mounted: %v", err)
	}
	t.Cleanup(func() { // a program that another test starts has our files too, until it is that program
		require.Eventually(t, func() bool { return unmount(dir) == nil }, 10*time.Second, time.Millisecond)
	})
	return dir
}

// fillDisk takes all that is left and returns what gives it back.
func fillDisk(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "filler")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	require.NoError(t, err)
	for size := 1 << 20; size > 0; {
		n, err := f.Write(make([]byte, size))
		if err != nil && n == 0 {
			size /= 2
		}
	}
	require.NoError(t, f.Close())
	return func() { require.NoError(t, os.Remove(path)) }
}
