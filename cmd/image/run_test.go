package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestImageRuns does what an engine would: it unpacks the image and runs its command on that root, as its user.
func TestImageRuns(t *testing.T) {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("changing the root takes linux and root")
	}
	config, layer := rootOf(t)
	root, err := os.MkdirTemp("", "root") // not below t.TempDir, which only its owner may enter
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	require.NoError(t, os.Chmod(root, 0o755))
	for h, content := range entries(t, bytes.NewReader(layer)) {
		path := filepath.Join(root, h.Name)
		if h.FileInfo().IsDir() {
			require.NoError(t, os.Mkdir(path, h.FileInfo().Mode().Perm()))
		} else {
			require.NoError(t, os.WriteFile(path, content, h.FileInfo().Mode().Perm()))
		}
		require.NoError(t, os.Chown(path, h.Uid, h.Gid))
	}
	inside := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		// The ports are those of this machine, where something else may have them.
		cmd.Env = slices.Concat(config.Config.Env, []string{"HOLON_HTTP_ADDR=127.0.0.1:0", "HOLON_ADMIN_ADDR=127.0.0.1:0"})
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		return cmd
	}

	var log bytes.Buffer
	node := inside(slices.Concat(config.Config.Entrypoint, config.Config.Cmd)...)
	node.Stdout, node.Stderr = &log, &log
	require.NoError(t, node.Start())
	ended := make(chan error, 1)
	go func() { ended <- node.Wait() }()
	t.Cleanup(func() { _ = node.Process.Kill() })

	probe := config.Config.Healthcheck.Test[1:]
	require.Eventually(t, func() bool { return inside(probe...).Run() == nil }, 30*time.Second, 100*time.Millisecond)
	require.NoError(t, node.Process.Signal(syscall.SIGTERM))
	select {
	case err := <-ended:
		require.NoError(t, err, "%s", &log)
	case <-time.After(60 * time.Second):
		require.Fail(t, "SIGTERM does not end it")
	}
}
