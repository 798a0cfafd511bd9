package modulestest

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

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
	// Metrics is where the metrics of a node that has all its modules together are read.
	Metrics *prometheus.Registry
	Dir     string

	t      *testing.T
	placed []modules.Module
	// units are its parts: one, or one for each module and one without any.
	units []*unit
	// caller is whose clients a test asks.
	caller *rpc.Dispatcher
}

// Option changes a node before it starts.
type Option func(*config)

type config struct {
	dir       string
	log       *slog.Logger
	settings  map[string]func(any)
	elsewhere []modules.Module
	delivery  []func(*events.Settings)
	together  bool
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

// Together leaves out the modes that give each module a node of its own, for what a node says of itself.
func Together() Option { return func(c *config) { c.together = true } }

// Elsewhere adds modules that the binary has and this node does not run: their clients and surfaces are there, and
// nobody behind them.
func Elsewhere(m ...modules.Module) Option {
	return func(c *config) { c.elsewhere = append(c.elsewhere, m...) }
}

// Start runs the modules until the test ends or Stop: on one node, or on one each where the mode says so.
func Start(t *testing.T, mode Mode, placed []modules.Module, options ...Option) *Node {
	t.Helper()
	c := config{dir: t.TempDir(), log: slog.New(slog.DiscardHandler), settings: make(map[string]func(any))}
	for _, o := range options {
		o(&c)
	}
	n := &Node{t: t, placed: placed, Dir: c.dir}
	t.Cleanup(n.Stop)
	if mode.apart {
		n.apart(&c)
	} else {
		n.units = []*unit{newUnit(t, &c, placed, modules.Names(placed), mode.strict, nil)}
		n.caller, n.Metrics = n.units[0].dispatcher, n.units[0].metrics
	}
	require.Empty(t, c.settings, "settings of modules that are not placed or have none")
	for _, u := range n.units {
		if u.api != nil {
			n.API = u.api
		}
	}
	n.start()
	return n
}

// start starts the parts step by step, all of them.
func (n *Node) start() {
	for _, step := range []func(*unit) error{
		(*unit).listen,
		func(u *unit) error { return u.host.OpenStores(n.t.Context()) },
		func(u *unit) error { return u.host.SettleStores(n.t.Context(), nil) },
		func(u *unit) error { return u.host.Start(n.t.Context()) },
		func(u *unit) error { return u.host.StartRouters(n.t.Context()) },
		func(u *unit) error { return u.host.StartRelays(n.t.Context()) },
	} {
		for _, u := range n.units {
			require.NoError(n.t, step(u))
		}
	}
}

// Stop ends the node; it may be called early and again.
func (n *Node) Stop() {
	ctx := context.WithoutCancel(n.t.Context())
	for _, step := range []func(*unit) error{
		func(u *unit) error { u.host.StopRelays(); return nil },
		func(u *unit) error { u.host.StopRouters(); return nil },
		func(u *unit) error { u.host.Stop(); return nil },
		(*unit).hangUp,
		func(u *unit) error { return u.host.CloseStores(ctx) },
	} {
		for _, u := range n.units {
			require.NoError(n.t, step(u))
		}
	}
}

// Events is the desk of a node that has all its modules together.
func (n *Node) Events() *events.Office {
	n.t.Helper()
	require.Len(n.t, n.units, 1, "each part has its own")
	return n.units[0].host.Events()
}

// Settled waits until every event that was announced has had its effect; parked ones are not waited for.
func (n *Node) Settled(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		return !slices.ContainsFunc(n.units, func(u *unit) bool {
			backlog, err := u.host.Events().Backlog(t.Context())
			require.NoError(t, err)
			return slices.ContainsFunc(backlog, func(b events.ModuleBacklog) bool { return b.Open > 0 })
		})
	}, settledWithin, settledLook, "events wait for ever")
}

// How long Settled waits, and how often it looks.
const (
	settledWithin = 30 * time.Second
	settledLook   = 10 * time.Millisecond
)

// Withdraw makes a module unavailable, as if no node ran it; Serve brings it back.
func (n *Node) Withdraw(module string) { n.unit(module).dispatcher.Withdraw(module) }

// Serve undoes Withdraw.
func (n *Node) Serve(module string) { n.unit(module).dispatcher.Serve(module) }

// unit returns the part that runs a module; any, when none does.
func (n *Node) unit(module string) *unit {
	for _, u := range n.units {
		if slices.Contains(u.placed, module) {
			return u
		}
	}
	return n.units[0]
}

// Client returns a module's service as the caller sees it. S is the contract's interface.
func Client[S any](n *Node, module string, caller contract.Caller) S {
	n.t.Helper()
	for _, m := range n.placed {
		if m.Name == module {
			constructor, ok := m.Client.(func(rpc.Link) S)
			require.True(n.t, ok, "module %s has no client of that type", module)
			return constructor(n.caller.For(caller))
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
