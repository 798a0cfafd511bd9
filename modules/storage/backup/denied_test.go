package backup_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage/backup"
)

// closedFolder returns a folder that this process may not write to, whoever it is.
func closedFolder(t *testing.T) string {
	t.Helper()
	if os.Geteuid() == 0 {
		if runtime.GOOS != "linux" {
			t.Skip("root may write everywhere")
		}
		return "/sys" // where the kernel lets nobody make folders
	}
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o500))
	return dir
}

// Whoever asks for a backup may write where the node may not.
func TestTakeWhereTheNodeMayNotWrite(t *testing.T) {
	t.Parallel()
	p := params(t, openStore(t, "alpha", t.TempDir()))
	p.To = filepath.Join(closedFolder(t), "holon-monday")
	_, err := backup.Take(t.Context(), p)
	var target *backup.TargetError
	require.ErrorAs(t, err, &target)
	require.Equal(t, p.To, target.Dir)
	require.Error(t, target.Err)
	require.ErrorContains(t, err, "holon-monday.partial")
	require.Regexp(t, `; the node writes it itself, as (user .+ \()?uid `+strconv.Itoa(os.Geteuid()), err.Error())
}

func TestDenied(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{syscall.EACCES, syscall.EPERM, syscall.EROFS} {
		err := backup.Denied("/b/monday", &fs.PathError{Op: "mkdir", Path: "/b/monday.partial", Err: cause})
		var target *backup.TargetError
		require.ErrorAs(t, err, &target)
		require.ErrorIs(t, err, cause)
		require.Same(t, target, backup.Denied("/b", target), "said once")
	}
	require.Equal(t, syscall.ENOSPC, backup.Denied("/b", syscall.ENOSPC))
	require.NoError(t, backup.Denied("/b", nil))
}
