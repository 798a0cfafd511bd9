package main

import (
	"net"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// manager hears what processes say to whoever started them, as systemd does.
type manager struct {
	at   string
	said chan string
}

func startManager(t testing.TB) *manager {
	t.Helper()
	m := &manager{at: filepath.Join(t.TempDir(), "notify"), said: make(chan string, 16)}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: m.at, Net: "unixgram"})
	require.NoError(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buf := make([]byte, 1024)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			m.said <- string(buf[:n])
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, conn.Close())
		<-ended
	})
	return m
}

// hear tells a command where to say it.
func (m *manager) hear(c *exec.Cmd) { c.Env = append(c.Env, "NOTIFY_SOCKET="+m.at) }

// next is what was said next.
func (m *manager) next(t testing.TB) string {
	t.Helper()
	select {
	case s := <-m.said:
		return s
	case <-time.After(30 * time.Second):
		require.FailNow(t, "nothing was said")
		return ""
	}
}
