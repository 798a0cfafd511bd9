package main

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLoanOfALevel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &logLevel{}
		l.Set(slog.LevelWarn)
		after := func(d time.Duration) string {
			<-time.After(d)
			synctest.Wait()
			return l.state().Level
		}
		l.change(slog.LevelDebug, time.Minute)
		require.Equal(t, "debug", after(59*time.Second))
		require.Equal(t, "warn", l.state().Then)
		require.Equal(t, "warn", after(time.Second))

		l.change(slog.LevelDebug, time.Minute)
		l.change(slog.LevelError, time.Hour) // the second loan is of what was before the first
		require.Equal(t, "error", after(2*time.Minute))
		require.Equal(t, "warn", after(time.Hour))

		l.change(slog.LevelDebug, time.Minute)
		l.change(slog.LevelInfo, 0)
		require.Equal(t, "info", after(time.Hour))
		require.Nil(t, l.state().Until)

		l.change(slog.LevelDebug, time.Minute)
		l.settle()
		require.Equal(t, "debug", after(time.Hour), "nothing is left to change it back")
	})
}

func TestLogLevelVerb(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	node := start(t, dir, "--log-level", "warn")
	verb := func(code int, args ...string) string {
		t.Helper()
		var out lockedBuffer
		args = append([]string{"log-level"}, append(args, "--config", "none", "--data-dir", dir)...)
		require.Equal(t, code, run(t.Context(), args, environment{out: &out, err: &out}), "%s", &out)
		return out.String()
	}
	require.Equal(t, "node n1 logs at warn\n", verb(0))
	require.Regexp(t, `^node n1 logs at debug until \d\d:\d\d:\d\d, then at warn\n$`, verb(0, "debug", "--for", "10m"))
	(&person{t: t, url: node.URL}).ask(200, "GET", "/health", "")
	require.Eventually(t, func() bool { return strings.Contains(node.output.String(), "request answered") }, 5*time.Second, 5*time.Millisecond)
	require.Equal(t, "node n1 logs at error\n", verb(0, "error"))
	require.Contains(t, verb(exitUsage, "loud"), `"loud" is no level`)
	require.Contains(t, verb(exitUsage, "--for", "1m"), "--for is for a LEVEL")
	require.Contains(t, verb(exitFailed, "debug", "--for", "48h"), "up to 24h")
	admin := &person{t: t, url: "http://" + node.Admin}
	admin.ask(401, "POST", "/log-level", `{"level":"debug"}`)
	admin.ask(200, "GET", "/log-level", "")
}
