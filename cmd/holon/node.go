package main

import (
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"

	"holon/modules"
	"holon/modules/gateway/gatewayfx"
	"holon/modules/registry"
	"holon/modules/registry/registryfx"
	"holon/modules/user"
	"holon/transport/adapter"
	"holon/transport/contract"
	"holon/transport/rpc"
	"holon/transport/web"
)

// startTimeout is for a start that hangs: migrations, and the check of large files after an unclean stop, take as long as
// they take, and one that is cut short would be cut short the next time too. stopTimeout is all the time a stop has, beside
// what lb_grace adds; its steps have less each.
const (
	startTimeout = 24 * time.Hour
	stopTimeout  = 60 * time.Second
)

// assemble makes the one graph of a process. Constructors only validate and allocate, so this opens no file and no
// port; extra options decide whether the graph is run or only looked at.
func assemble(s *settings, n modules.Node, log *slog.Logger, extra ...fx.Option) (*fx.App, error) {
	placed, err := s.placement().Options()
	if err != nil {
		return nil, err
	}
	if slices.Contains(s.placed, string(contract.Gateway)) {
		// The API is optional to the node, and to fx an optional value is absent also when something in it is missing.
		extra = append(extra, fx.Invoke(func(*web.API) {}))
	}
	app := fx.New(
		fx.WithLogger(func() fxevent.Logger { return quietFx(log) }),
		fx.StartTimeout(startTimeout), fx.StopTimeout(stopTimeout+s.Config.LBGrace),
		fx.Supply(s, n, log),
		fx.Provide(newMetrics),
		placed,
		fx.Options(extra...),
	)
	return app, plainly(app.Err(), log)
}

func newMetrics() (*prometheus.Registry, prometheus.Registerer, prometheus.Gatherer) {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r, r, r
}

// identity is what the modules may know of the process.
func identity(s *settings, f *folder) (modules.Node, error) {
	boot, err := uuid.NewV7()
	if err != nil {
		return modules.Node{}, fmt.Errorf("make a boot id: %w", err)
	}
	return modules.Node{
		Name: f.name, Version: version, Boot: boot.String(), DataDir: s.Config.Data.Dir, Dir: f.path, NewStores: s.newStores,
	}, nil
}

// node is a process that runs modules.
type node struct {
	in      nodeParams
	ready   atomic.Bool
	started time.Time
	// startBegan is set when start is called, and startEnded closed when it has returned: fx waits for neither when it gives
	// up.
	startBegan atomic.Bool
	startEnded chan struct{}
	// fault is why a node that was started must stop by itself.
	fault chan error
	// asked is told when an operator has the node stop.
	asked chan struct{}
	// took is how long the start was.
	took time.Duration
	// addrs are where the node listens, by what for.
	addrs addresses

	backups *backupDesk
	drains  *drainDesk
	fellows fellows
	// watching are the goroutines that follow the cluster.
	watching sync.WaitGroup

	// limits are those that the public API is served in.
	limits web.Limits

	public, admin, health                         *web.Server
	publicListener, adminListener, healthListener net.Listener
	reloading                                     sync.Mutex
	// healthMu is held while others are told how modules are.
	healthMu sync.Mutex
	running  []step
}

type nodeParams struct {
	fx.In

	Lifecycle fx.Lifecycle
	Settings  *settings
	Folder    *folder
	Node      modules.Node
	Log       *slog.Logger
	Gatherer  prometheus.Gatherer
	Metrics   prometheus.Registerer
	Host      *modules.Host
	Board     *modules.Board
	Network   *network
	Calls     *rpc.Dispatcher
	Handlers  *adapter.Adapter
	Operator  *operator
	Level     *logLevel
	Sockets   sockets
	Traces    traces
	// API and Limits exist where the gateway runs.
	API    *web.API   `optional:"true"`
	Limits web.Limits `optional:"true"`
	// Recorder keeps the failed and the slow requests there.
	Recorder *web.Recorder `optional:"true"`
	// Routes are those to services outside, Certificate the public port's, nil for none.
	Routes      *gatewayfx.Routes `optional:"true"`
	Certificate *web.Certificate  `optional:"true"`
	// Registry is that of this node, nil where none runs.
	Registry *registryfx.Desk `optional:"true"`
}

// newNode puts the boot into the graph's one hook. Fx skips the hooks that are left when its stop time ends; a list of
// our own stops every step, each within its own time.
func newNode(p nodeParams) (_ *node, err error) {
	n := &node{in: p, fault: make(chan error, 1), asked: make(chan struct{}, 1), startEnded: make(chan struct{})}
	n.drains, n.fellows = &drainDesk{node: n}, newFellows(p.Calls.For(contract.Node))
	if err := n.offerNode(); err != nil {
		return nil, err
	}
	if n.backups, err = newBackupDesk(n, p.Metrics); err != nil {
		return nil, fmt.Errorf("register backup metrics: %w", err)
	}
	if err := p.Network.attach(p.Calls, p.Handlers); err != nil {
		return nil, err
	}
	if p.API != nil {
		n.limits = p.Limits
		if n.limits.MaxConns, err = roomForConns(p.Log, n.limits.MaxConns, p.Network.gatewayConns); err != nil {
			return nil, err
		}
		n.public = web.NewServer(p.API, n.limits, p.Log)
		if p.Certificate != nil {
			n.public.Secure(p.Certificate.Config())
		}
	}
	p.Lifecycle.Append(fx.Hook{OnStart: n.start, OnStop: n.stop})
	return n, nil
}

// operatorPart gives the operator's verbs the clients they need, under the name of the node.
func operatorPart() (fx.Option, error) {
	return modules.Part(all(), "node", contract.Node, []string{"registry", "user"},
		fx.Provide(func(u user.Service, r registry.Service) *operator { return &operator{users: u, registry: r} }))
}

// steps are the boot from top to bottom and the stop from bottom to top. Configuration, logger and the node's folder
// are there before, because the graph is made of them.
func (n *node) steps() []step {
	host, grace := n.in.Host, n.in.Settings.Config.LBGrace
	return []step{
		{name: "traces", start: nothing, stop: n.in.Traces.stop, budget: time.Second},
		{name: "gossip", start: nothing, stop: n.leave, budget: 2 * time.Second},
		{name: "storage", start: host.OpenStores, stop: host.CloseStores, budget: 6 * time.Second},
		{name: "backups", start: nothing, stop: n.backups.stop, budget: 3 * time.Second},
		{name: "admin port", start: n.startAdmin, stop: n.stopAdmin, budget: time.Second},
		{name: "health port", start: n.startHealth, stop: n.stopHealth, budget: time.Second},
		{name: "public port", start: n.listenPublic, stop: n.closePublic, budget: time.Second},
		{name: "node port", start: n.startNodePort, stop: n.closeNodePort, budget: time.Second},
		{name: "cluster", start: n.join, stop: n.stopCalls, budget: time.Second},
		{name: "homes", start: n.settle, stop: n.unsettle, budget: time.Second},
		{name: "modules", start: host.Start, stop: stopping(host.Stop), budget: 2 * time.Second},
		{name: "routers", start: host.StartRouters, stop: stopping(host.StopRouters), budget: 7 * time.Second},
		{name: "requests", start: n.servePublic, stop: n.drain, budget: 20 * time.Second, waiting: n.inFlight},
		{name: "relays", start: host.StartRelays, stop: stopping(host.StopRelays), budget: 11 * time.Second},
		{name: "readiness", start: n.announceReady, stop: n.announceStopping, budget: grace + 2*time.Second},
	}
}
