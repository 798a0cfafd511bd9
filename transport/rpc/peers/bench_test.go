package peers

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// mostCallers is how many call at once at the most.
const mostCallers = 64

// TestAnswers: what is measured are calls that are answered.
func TestAnswers(t *testing.T) {
	for _, p := range all {
		t.Run(p.name, func(t *testing.T) {
			call, hangUp := p.dial(t, startServer(t, p.name).addr)
			defer hangUp()
			require.NoError(t, call(t.Context(), ada.ID))
			require.ErrorIs(t, call(t.Context(), "nobody"), errOther)
		})
	}
}

// BenchmarkRemote makes one call over loopback, from 1, 16 and 64 callers, and reports the CPU time that both processes took
// for it.
func BenchmarkRemote(b *testing.B) {
	servers := make([]server, len(all))
	for i, p := range all {
		servers[i] = startServer(b, p.name)
	}
	for _, callers := range []int{1, 16, mostCallers} {
		for i, p := range all {
			b.Run(fmt.Sprintf("callers=%d/%s", callers, p.name), func(b *testing.B) { measure(b, p, servers[i], callers) })
		}
	}
}

func measure(b *testing.B, p peer, s server, callers int) {
	call, hangUp := p.dial(b, s.addr)
	defer hangUp()
	ctx, cancel := context.WithTimeout(b.Context(), time.Hour)
	defer cancel()
	run := func(calls int) {
		var left atomic.Int64
		left.Store(int64(calls))
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				for left.Add(-1) >= 0 {
					if err := call(ctx, ada.ID); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
	}
	run(100 * callers) // what is made once is made
	before := ownTime(b) + timeOf(b, s.pid)
	b.ReportAllocs()
	b.ResetTimer()
	run(b.N)
	b.StopTimer()
	took := ownTime(b) + timeOf(b, s.pid) - before
	b.ReportMetric(float64(took.Nanoseconds())/1e3/float64(b.N), "cpu-µs/call")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

// server is a process that answers.
type server struct {
	addr string
	pid  int
}

// startServer runs this binary again, as the server of a kind, until the test is over.
func startServer(t testing.TB, kind string) server {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serverVariable+"="+kind)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, in.Close())
		require.NoError(t, cmd.Wait())
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	return server{addr: strings.TrimSpace(line), pid: cmd.Process.Pid}
}

// ownTime is the CPU time of this process, user and system.
func ownTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// timeOf is that of another process.
func timeOf(b *testing.B, pid int) time.Duration {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Skipf("the CPU time of a process is read from /proc: %v", err)
	}
	_, after, _ := strings.Cut(string(raw), ") ")
	var ticks int64
	for _, f := range strings.Fields(after)[11:13] { // utime and stime, the 14th and 15th field
		n, err := strconv.ParseInt(f, 10, 64)
		require.NoError(b, err)
		ticks += n
	}
	const perSecond = 100 // USER_HZ, the same on every Linux
	return time.Duration(ticks) * time.Second / perSecond
}
