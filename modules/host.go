package modules

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"holon/modules/storage"
	"holon/transport/adapter"
	"holon/transport/events"
	"holon/transport/rpc"
)

// Host starts and stops the modules placed on a node. Its steps are called in order by the node's boot; each undoes
// its half-work when it fails.
type Host struct {
	modules    []string
	all        []string // those of the binary
	stores     []*storage.DB
	runners    []running
	outboxes   []*events.Outbox
	intakes    []*events.Intake
	office     *events.Office
	gate       *gate
	dispatcher *rpc.Dispatcher
	adapter    *adapter.Adapter
	board      *Board
	log        *slog.Logger
	started    []running
	probes     []*probe
}

func (p Placement) newHost(parts placed, d *rpc.Dispatcher, a *adapter.Adapter, local *events.Local, g *gate, b *Board, log *slog.Logger) (*Host, error) {
	h := &Host{
		modules: slices.Sorted(slices.Values(p.Placed)), stores: parts.Stores, runners: parts.Runners,
		outboxes: parts.Outboxes, intakes: parts.Intakes, office: events.NewOffice(parts.Outboxes, p.subscribers()),
		all: Names(p.All), gate: g, dispatcher: d, adapter: a, board: b, log: log,
	}
	// The graph hands groups over in random order.
	slices.SortFunc(h.stores, func(x, y *storage.DB) int { return strings.Compare(x.Module(), y.Module()) })
	slices.SortFunc(h.outboxes, func(x, y *events.Outbox) int { return strings.Compare(x.Module(), y.Module()) })
	slices.SortFunc(h.intakes, func(x, y *events.Intake) int { return strings.Compare(x.Module(), y.Module()) })
	slices.SortFunc(h.runners, func(x, y running) int { return strings.Compare(x.module, y.module) })
	for _, s := range h.stores {
		h.probes = append(h.probes, &probe{store: s})
	}
	b.watch(h.faults)
	handlers := make(map[string][]rpc.Handler, len(parts.Offers))
	for _, o := range parts.Offers {
		handlers[o.module] = o.handlers
	}
	var errs []error
	for _, own := range parts.Handlers {
		m, err := find(p.All, own.module)
		if err == nil {
			err = a.Register(own.module, own.handler, m.HTTP.Health)
		}
		errs = append(errs, err)
	}
	for _, name := range h.modules {
		m, err := find(p.All, name)
		if err == nil {
			err = errors.Join(d.Register(m.Contract, handlers[name]...), receive(d, local, m), checkPlaced(m, h.outboxes, h.intakes))
		}
		errs = append(errs, err)
		b.Set(name, Starting)
	}
	return h, errors.Join(errs...)
}

// OpenStores locks, opens and migrates the modules' databases.
func (h *Host) OpenStores(ctx context.Context) error {
	for _, s := range h.stores {
		if err := s.Open(ctx); err != nil {
			return errors.Join(err, h.CloseStores(context.WithoutCancel(ctx)))
		}
	}
	return nil
}

// SettleStores makes this node the home of its modules: agree settles each with the others. Nil agrees with nobody.
func (h *Host) SettleStores(ctx context.Context, agree func(context.Context, *storage.DB) error) error {
	if agree == nil {
		agree = func(ctx context.Context, d *storage.DB) error {
			return d.Settle(ctx, time.Now(), "")
		}
	}
	errs := make([]error, len(h.stores))
	var all sync.WaitGroup // at once: each may have to wait for a home before it
	for i, s := range h.stores {
		all.Go(func() {
			if errs[i] = agree(ctx, s); errs[i] == nil {
				s.Accepted()
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// CloseStores finishes what is being written and closes the databases.
func (h *Host) CloseStores(ctx context.Context) error {
	var errs []error
	for _, s := range slices.Backward(h.stores) {
		if err := s.Close(ctx); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Start begins the modules' own work and opens them to calls.
func (h *Host) Start(ctx context.Context) error {
	for _, r := range h.runners {
		if err := r.Start(ctx); err != nil {
			h.Stop()
			return fmt.Errorf("start module %s: %w", r.module, err)
		}
		h.started = append(h.started, r)
	}
	for _, name := range h.modules {
		h.dispatcher.Serve(name)
		h.adapter.Serve(name)
		h.board.Set(name, Ready)
		h.log.Debug("module ready", "module", name)
	}
	return nil
}

// handlersPatience is how long handlers have whose requests are over.
const handlersPatience = 500 * time.Millisecond

// Stop closes the modules to calls and ends their work.
func (h *Host) Stop() {
	for _, name := range h.modules {
		h.board.Set(name, Stopping)
		h.dispatcher.Withdraw(name)
		h.adapter.Withdraw(name)
	}
	ctx, cancel := context.WithTimeout(context.Background(), handlersPatience)
	defer cancel()
	if err := h.adapter.Stop(ctx); err != nil {
		h.log.Warn("a handler takes no notice that its client has gone, and is left behind", "err", err)
	}
	for _, r := range slices.Backward(h.started) {
		r.Stop()
	}
	h.started = nil
}

// StartRouters opens the modules to events.
func (h *Host) StartRouters(ctx context.Context) error {
	for _, in := range h.intakes {
		if err := in.Start(ctx); err != nil {
			h.StopRouters()
			return err
		}
	}
	return nil
}

// StopRouters closes the modules to events and waits for the handlers at work.
func (h *Host) StopRouters() {
	for _, in := range h.intakes {
		in.Stop()
	}
}

// StartRelays begins to deliver the modules' events.
func (h *Host) StartRelays(ctx context.Context) error {
	for _, o := range h.outboxes {
		if err := o.Start(ctx); err != nil {
			h.StopRelays()
			return err
		}
	}
	return nil
}

// StopRelays hands no more events over and waits for the answers to those under way.
func (h *Host) StopRelays() {
	var outboxes sync.WaitGroup // at once: each waits for handlers that others keep at work
	for _, o := range h.outboxes {
		outboxes.Go(o.Stop)
	}
	outboxes.Wait()
}

// Events is the desk of this node.
func (h *Host) Events() *events.Office { return h.office }

// Stores returns the databases of this node, sorted by module.
func (h *Host) Stores() []*storage.DB { return h.stores }
