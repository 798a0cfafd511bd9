package modulestest

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"holon/modules"
	"holon/transport/contract"
	"holon/transport/events"
	"holon/transport/rpc"
	"holon/transport/web"
)

// Node is a node in the test's own process, with a data dir that is gone after the test.
type Node struct {
	// API is the public HTTP handler, nil where the gateway is not among the modules.
	API *web.API
	// Metrics is where the node's metrics are read.
	Metrics *prometheus.Registry
	Dir     string

	t          *testing.T
	placed     []modules.Module
	dispatcher *rpc.Dispatcher
	host       *modules.Host
}

// Option changes a node before it starts.
type Option func(*config)

type config struct {
	dir       string
	log       *slog.Logger
	settings  map[string]func(any)
	elsewhere []modules.Module
	delivery  []func(*events.Settings)
}

// Dir keeps the node's data in a folder of the test's, to start another node on it.
func Dir(dir string) Option { return func(c *config) { c.dir = dir } }

// Log shows the node's log, which is otherwise discarded.
func Log(l *slog.Logger) Option { return func(c *config) { c.log = l } }

// Settings changes the settings of a module; S is the type its Settings function returns.
func Settings[S any](module string, change func(S)) Option {
	return func(c *config) { c.settings[module] = func(s any) { change(s.(S)) } }
}

// Delivery changes how events are delivered.
func Delivery(change func(*events.Settings)) Option {
	return func(c *config) { c.delivery = append(c.delivery, change) }
}

// Elsewhere adds modules that the binary has and this node does not run: their clients and surfaces are there, and
// nobody behind them.
func Elsewhere(m ...modules.Module) Option {
	return func(c *config) { c.elsewhere = append(c.elsewhere, m...) }
}

// Start runs a node until the test ends or Stop.
func Start(t *testing.T, mode Mode, placed []modules.Module, options ...Option) *Node {
	t.Helper()
	c := config{dir: t.TempDir(), log: slog.New(slog.DiscardHandler), settings: make(map[string]func(any))}
	for _, o := range options {
		o(&c)
	}
	p := modules.Placement{All: slices.Concat(placed, c.elsewhere), Placed: modules.Names(placed), Settings: make(map[string]any),
		Strict: mode.strict, Delivery: events.DefaultSettings()}
	p.Delivery.MinFree = 0 // the disk of a test's machine is its own business
	for _, change := range c.delivery {
		change(&p.Delivery)
	}
	for _, m := range placed {
		if m.Settings == nil {
			continue
		}
		s := m.Settings()
		if change, ok := c.settings[m.Name]; ok {
			change(s)
			delete(c.settings, m.Name)
		}
		p.Settings[m.Name] = s
	}
	require.Empty(t, c.settings, "settings of modules that are not placed or have none")
	graph, err := p.Options()
	require.NoError(t, err)
	n := &Node{t: t, placed: placed, Dir: c.dir, Metrics: prometheus.NewRegistry()}
	var out struct {
		fx.In

		API *web.API `optional:"true"`
	}
	app := fx.New(fx.NopLogger, graph, fx.Populate(&out, &n.dispatcher, &n.host),
		fx.Supply(c.log, modules.Node{Name: "test", Version: "test", Boot: "boot", DataDir: c.dir, Dir: c.dir},
			fx.Annotate(n.Metrics, fx.As(new(prometheus.Registerer)))))
	require.NoError(t, app.Err())
	n.API = out.API
	t.Cleanup(n.Stop)
	require.NoError(t, n.host.OpenStores(t.Context()))
	require.NoError(t, n.host.SettleStores(t.Context(), nil))
	require.NoError(t, n.host.Start(t.Context()))
	require.NoError(t, n.host.StartRouters(t.Context()))
	require.NoError(t, n.host.StartRelays(t.Context()))
	return n
}

// Stop ends the node; it may be called early and again.
func (n *Node) Stop() {
	n.host.StopRelays()
	n.host.StopRouters()
	n.host.Stop()
	require.NoError(n.t, n.host.CloseStores(context.WithoutCancel(n.t.Context())))
}

// Events is the desk of the node.
func (n *Node) Events() *events.Office { return n.host.Events() }

// Settled waits until every event that was announced has had its effect; parked ones are not waited for.
func (n *Node) Settled(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		backlog, err := n.host.Events().Backlog(t.Context())
		require.NoError(t, err)
		return !slices.ContainsFunc(backlog, func(b events.ModuleBacklog) bool { return b.Open > 0 })
	}, settledWithin, settledLook, "events wait for ever")
}

// How long Settled waits, and how often it looks.
const (
	settledWithin = 30 * time.Second
	settledLook   = 10 * time.Millisecond
)

// Withdraw makes a module unavailable, as if no node ran it; Serve brings it back.
func (n *Node) Withdraw(module string) { n.dispatcher.Withdraw(module) }

// Serve undoes Withdraw.
func (n *Node) Serve(module string) { n.dispatcher.Serve(module) }

// Client returns a module's service as the caller sees it. S is the contract's interface.
func Client[S any](n *Node, module string, caller contract.Caller) S {
	n.t.Helper()
	for _, m := range n.placed {
		if m.Name == module {
			constructor, ok := m.Client.(func(rpc.Link) S)
			require.True(n.t, ok, "module %s has no client of that type", module)
			return constructor(n.dispatcher.For(caller))
		}
	}
	require.FailNow(n.t, "module is not placed", module)
	panic("unreachable")
}

// As is the test's context with a principal, which is what the gateway would have made of a token.
func As(t *testing.T, subject string, roles ...string) context.Context {
	t.Helper()
	return contract.WithPrincipal(t.Context(), contract.Principal{Subject: subject, Roles: roles})
}
