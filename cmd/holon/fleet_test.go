package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// member is a node of a fleet that runs in the test's process: all of the binary but its own process.
type member struct {
	name, admin, http, gossip string
	modules                   []string
	output                    lockedBuffer
	stop                      context.CancelFunc
	code                      chan int
}

// fleet is a cluster of nodes in one data dir.
type fleet struct {
	t       testing.TB
	dir     string
	members []*member
}

// startFleet starts a node for each group of modules. All but the first join the first.
func startFleet(t testing.TB, dir string, groups [][]string) *fleet {
	t.Helper()
	f := &fleet{t: t, dir: dir}
	t.Cleanup(f.stop)
	for i, group := range groups {
		f.start(fmt.Sprintf("n%d", i+1), group)
		if i == 0 {
			f.await(f.members[0])
		}
	}
	for _, m := range f.members {
		f.await(m)
	}
	return f
}

func (f *fleet) start(name string, group []string) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(f.t.Context()))
	m := &member{name: name, modules: group, stop: cancel, code: make(chan int, 1)}
	args := []string{"run", "--config", "none", "--log-format", "text", "--log-level", "warn", "--data-dir", f.dir, "--name", name,
		"-m", strings.Join(group, ","), "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0", "--node-addr", "127.0.0.1:0",
		"--gossip-addr", "127.0.0.1:0"}
	if len(f.members) > 0 {
		args = append(args, "--join", f.members[0].gossip)
	}
	go func() {
		m.code <- run(ctx, args, environment{in: strings.NewReader(""), out: &m.output, err: &m.output})
	}()
	f.members = append(f.members, m)
}

// await returns when a node says that it is ready.
func (f *fleet) await(m *member) {
	f.t.Helper()
	require.Eventually(f.t, func() bool {
		recorded, err := recordedNodes(f.dir)
		at := slices.IndexFunc(recorded, func(n target) bool { return n.name == m.name })
		if err != nil || at < 0 {
			return false
		}
		var s nodeStatus
		if recorded[at].look(f.t.Context(), "/status", &s) != nil || !s.Ready {
			return false
		}
		m.admin, m.http, m.gossip = s.Addresses["admin"], s.Addresses["http"], s.Addresses["gossip"]
		return true
	}, 30*time.Second, 10*time.Millisecond, "%s is not ready: %s", m.name, &m.output)
}

// gateway is a node that serves the public API.
func (f *fleet) gateway() *member {
	return f.members[slices.IndexFunc(f.members, func(m *member) bool { return slices.Contains(m.modules, "gateway") })]
}

// settled returns when no event waits anywhere. A parked one fails the test.
func (f *fleet) settled() {
	f.t.Helper()
	require.Eventually(f.t, func() bool {
		open := 0
		for _, m := range f.members {
			var backlog backlogList
			require.NoError(f.t, target{name: m.name, admin: m.admin}.look(f.t.Context(), "/events/backlog", &backlog))
			for _, b := range backlog.Items {
				require.Zero(f.t, b.Parked, "events of %s are parked for %s", b.Module, b.Subscriber)
				open += b.Open
			}
		}
		return open == 0
	}, 30*time.Second, 2*time.Millisecond, "events wait for ever")
}

// announced counts the events in the logs of all nodes, by topic and state of a delivery.
func (f *fleet) announced() map[string]int {
	f.t.Helper()
	counts := make(map[string]int)
	for _, m := range f.members {
		var page eventPage
		require.NoError(f.t, target{name: m.name, admin: m.admin}.look(f.t.Context(), fmt.Sprintf("/events?limit=%d", maxRows), &page))
		require.Empty(f.t, page.Next)
		for _, row := range page.Items {
			counts[row.Topic+" "+row.Subscriber+" "+string(row.State)]++
		}
	}
	return counts
}

// stop ends all nodes at once.
func (f *fleet) stop() {
	var all sync.WaitGroup
	for _, m := range f.members {
		m.stop()
		all.Go(func() {
			select {
			case code := <-m.code:
				if code != exitOK {
					f.t.Errorf("%s ended with %d: %s", m.name, code, &m.output)
				}
			case <-time.After(70 * time.Second):
				f.t.Errorf("%s does not end: %s", m.name, &m.output)
			}
		})
	}
	all.Wait()
	f.members = nil
}

// forward is a handler that asks a public API over the network.
type forward struct {
	base   string
	client *http.Client
}

func (f forward) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		f.broken(w, r)
		return
	}
	out, err := http.NewRequestWithContext(r.Context(), r.Method, f.base+r.URL.RequestURI(), bytes.NewReader(raw))
	if err != nil {
		panic(err)
	}
	out.Header = r.Header
	resp, err := f.client.Do(out)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		_, _ = fmt.Fprint(w, err) // to a recorder
		return
	}
	pass(w, resp)
}

func pass(w http.ResponseWriter, resp *http.Response) {
	defer resp.Body.Close()
	for name, values := range resp.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body) // to a recorder
}

// broken sends a request whose body is nonsense in the middle.
func (f forward) broken(w http.ResponseWriter, r *http.Request) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(f.base, "http://"))
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n", r.Method, r.URL.RequestURI())
	_ = r.Header.Write(conn) // what is lost is seen in the answer
	fmt.Fprint(conn, "\r\nno chunk\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), r)
	if err != nil {
		panic(err)
	}
	pass(w, resp)
}
