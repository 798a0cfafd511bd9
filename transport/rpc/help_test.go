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
	// owner is where the modules run, nil for this very node; place is how calls to them are counted.
	owner *owner
	place string
}

// Register, Serve and Withdraw reach the node that has the modules.
func (n *node) Register(c contract.Contract, handlers ...rpc.Handler) error {
	return n.home().Register(c, handlers...)
}
func (n *node) Serve(module string)    { n.home().Serve(module) }
func (n *node) Withdraw(module string) { n.home().Withdraw(module) }

func (n *node) home() *rpc.Dispatcher {
	if n.owner != nil {
		return n.owner.Dispatcher
	}
	return n.Dispatcher
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
	n := &node{metrics: prometheus.NewRegistry(), log: &record{}, place: "local"}
	var err error
	n.Dispatcher, err = rpc.New(rpc.Params{Strict: strict, Log: slog.New(slog.NewJSONHandler(n.log, nil)), Metrics: n.metrics})
	require.NoError(t, err)
	return n
}

// eachMode runs a test on a fresh node in every way that a call can travel: what holds in one holds in the others.
func eachMode(t *testing.T, test func(*testing.T, *node)) {
	t.Helper()
	eachLocal(t, test)
	t.Run("wire", func(t *testing.T) {
		t.Parallel()
		test(t, newPair(t))
	})
}

// eachLocal is eachMode without a network, for what only one process can have.
func eachLocal(t *testing.T, test func(*testing.T, *node)) {
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
	var out []map[string]any
	if n.owner != nil {
		out = n.owner.logged(t)
	}
	n.log.mu.Lock()
	defer n.log.mu.Unlock()
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
	here := 0
	if n.owner != nil {
		here = n.owner.counted(t, name, labels)
	}
	families, err := n.metrics.Gather()
	require.NoError(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			got := make(map[string]string)
			for _, pair := range m.GetLabel() {
				got[pair.GetName()] = pair.GetValue()
			}
			if f.GetName() == name && maps.Equal(got, labels) {
				return here + int(m.GetCounter().GetValue()) + int(m.GetHistogram().GetSampleCount())
			}
		}
	}
	return here
}

// failures returns how often greet failed for the gateway with a code. A call that is refused at once has not left.
func (n *node) failures(t testing.TB, code string) (count int) {
	t.Helper()
	for _, place := range []string{"local", "remote"} {
		count += n.counted(t, "holon_call_failures_total", map[string]string{
			"caller": "gateway", "method": "hello.greet", "place": place, "code": code})
	}
	return count
}
