package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/fx"
	"go.uber.org/fx/fxevent"

	"holon/modules"
	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/web"
)

// stopTimeout is all the time a stop has; its steps have less each. startTimeout covers migrations.
const (
	startTimeout = 60 * time.Second
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
		fx.StartTimeout(startTimeout), fx.StopTimeout(stopTimeout),
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
		Name: f.name, Version: version, Boot: boot.String(), DataDir: s.Config.Data.Dir, Dir: f.path,
	}, nil
}

// node is a process that runs modules.
type node struct {
	in      nodeParams
	ready   atomic.Bool
	started time.Time
	// startEnded is closed when start has returned, which fx does not wait for when it gives up.
	startEnded chan struct{}
	// fault is why a node that was started must stop by itself.
	fault chan error
	// took is how long the start was.
	took time.Duration
	// addrs are where the node listens, by what for.
	addrs addresses

	public, admin, health                         *web.Server
	publicListener, adminListener, healthListener net.Listener
	running                                       []step
}

type nodeParams struct {
	fx.In

	Lifecycle fx.Lifecycle
	Settings  *settings
	Folder    *folder
	Node      modules.Node
	Log       *slog.Logger
	Gatherer  prometheus.Gatherer
	Host      *modules.Host
	Board     *modules.Board
	Operator  *operator
	// API and Limits exist where the gateway runs.
	API    *web.API   `optional:"true"`
	Limits web.Limits `optional:"true"`
}

// newNode puts the boot into the graph's one hook. Fx skips the hooks that are left when its stop time ends; a list of
// our own stops every step, each within its own time.
func newNode(p nodeParams) *node {
	n := &node{in: p, fault: make(chan error, 1), startEnded: make(chan struct{})}
	p.Lifecycle.Append(fx.Hook{OnStart: n.start, OnStop: n.stop})
	return n
}

// operatorPart gives the operator's verbs the clients they need, under the name of the node.
func operatorPart() (fx.Option, error) {
	return modules.Part(all(), "node", contract.Node, []string{"user"},
		fx.Provide(func(u user.Service) *operator { return &operator{users: u} }))
}

// step is a part of the boot, with what undoes it and how long that may take.
type step struct {
	name   string
	start  func(context.Context) error
	stop   func(context.Context) error
	budget time.Duration
}

// steps are the boot from top to bottom and the stop from bottom to top. Configuration, logger and the node's folder
// are there before, because the graph is made of them.
func (n *node) steps() []step {
	return []step{
		{"storage", n.in.Host.OpenStores, n.in.Host.CloseStores, 10 * time.Second},
		{"admin port", n.startAdmin, n.stopAdmin, time.Second},
		{"health port", n.startHealth, n.stopHealth, time.Second},
		{"public port", n.listenPublic, n.closePublic, time.Second},
		{"modules", n.in.Host.Start, stopping(n.in.Host.Stop), 10 * time.Second},
		{"events", n.in.Host.StartEvents, stopping(n.in.Host.StopEvents), 15 * time.Second},
		{"public API", n.servePublic, n.drainPublic, 20 * time.Second},
		{"readiness", n.announceReady, n.announceStopping, time.Second},
	}
}

// stopping gives up on a stop that takes more than its time: the steps below it matter more.
func stopping(stop func()) func(context.Context) error {
	return func(ctx context.Context) error {
		done := make(chan struct{})
		go func() {
			defer close(done)
			stop()
		}()
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (n *node) start(ctx context.Context) error {
	defer close(n.startEnded)
	n.started = time.Now()
	for _, s := range n.steps() {
		err := ctx.Err()
		if err == nil {
			err = s.start(ctx)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("start the %s: %w", s.name, err), n.stop(context.WithoutCancel(ctx)))
		}
		n.running = append(n.running, s)
		n.in.Log.Debug("started", "step", s.name, "took", time.Since(n.started).Round(time.Microsecond))
	}
	return nil
}

// stop undoes the steps that were started, all of them, whatever one of them says.
func (n *node) stop(ctx context.Context) error {
	var errs []error
	for _, s := range slices.Backward(n.running) {
		ctx, cancel := context.WithTimeout(ctx, s.budget)
		if err := s.stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop the %s: %w", s.name, err))
		}
		cancel()
	}
	n.running = nil
	return errors.Join(errs...)
}
