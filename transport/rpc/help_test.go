package rpc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/rpc"
)

// The contract of the tests: one method that the gateway and order may call.
type (
	greetRequest struct {
		Name string
		Tags []string `json:"tags"`
	}
	greetReply struct{ Text string }
)

var (
	greet = contract.Method[greetRequest, greetReply]{
		Name: "hello.greet", Callers: []contract.Caller{contract.Gateway, "order"}}
	hello = contract.Contract{Module: "hello", Major: 1, Methods: []contract.Described{greet}}
)

type greetFunc = func(context.Context, greetRequest) (greetReply, error)

// node is a dispatcher with all that it logs and counts.
type node struct {
	*rpc.Dispatcher
	metrics *prometheus.Registry
	log     *record
}

// record keeps a log.
type record struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.Write(p)
}

func newNode(t testing.TB, strict bool) *node {
	t.Helper()
	n := &node{metrics: prometheus.NewRegistry(), log: &record{}}
	var err error
	n.Dispatcher, err = rpc.New(rpc.Params{Strict: strict, Log: slog.New(slog.NewJSONHandler(n.log, nil)), Metrics: n.metrics})
	require.NoError(t, err)
	return n
}

// eachMode runs a test on a fresh node in both ways that a call can travel: what holds in one holds in the other.
func eachMode(t *testing.T, test func(*testing.T, *node)) {
	t.Helper()
	for name, strict := range map[string]bool{"in-process": false, "strict": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newNode(t, strict))
		})
	}
}

// serves puts a handler behind greet and returns the gateway's side of it.
func (n *node) serves(t testing.TB, fn greetFunc) greetFunc {
	t.Helper()
	require.NoError(t, n.Register(hello, rpc.Handle(greet, fn)))
	n.Serve("hello")
	return rpc.Bind(n.For(contract.Gateway), greet)
}

// logged returns the lines of the log.
func (n *node) logged(t testing.TB) []map[string]any {
	t.Helper()
	n.log.mu.Lock()
	defer n.log.mu.Unlock()
	var out []map[string]any
	for d := json.NewDecoder(bytes.NewReader(n.log.buf.Bytes())); d.More(); {
		var line map[string]any
		require.NoError(t, d.Decode(&line))
		out = append(out, line)
	}
	return out
}

// counted returns a metric's value, the number of observations for a histogram, and 0 where there is no such series.
func (n *node) counted(t testing.TB, name string, labels map[string]string) int {
	t.Helper()
	families, err := n.metrics.Gather()
	require.NoError(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			got := make(map[string]string)
			for _, pair := range m.GetLabel() {
				got[pair.GetName()] = pair.GetValue()
			}
			if f.GetName() == name && maps.Equal(got, labels) {
				return int(m.GetCounter().GetValue()) + int(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return 0
}

// failures returns how often greet failed for the gateway with a code.
func (n *node) failures(t testing.TB, code string) int {
	t.Helper()
	return n.counted(t, "holon_call_failures_total", map[string]string{
		"caller": "gateway", "method": "hello.greet", "place": "local", "code": code})
}
