package main

import (
	"context"
	"errors"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"syscall"
	"time"

	"holon/modules"
	"holon/modules/storage"
)

// status looks at everything. Of a disk that does not answer it asks nothing more: whoever looks wants an answer most then.
func (n *node) status(ctx context.Context) nodeStatus {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	faults := n.readiness(ctx)
	out := nodeStatus{
		Node: n.in.Node.Name, Version: n.in.Node.Version, Boot: n.in.Node.Boot,
		Uptime: time.Since(n.started).Round(time.Second).String(), Ready: len(faults) == 0, Faults: inWords(faults), Draining: n.drains.since(),
		Addresses: n.addrs.all(), DataDir: n.in.Node.DataDir, Config: n.in.Settings.File, Log: n.in.Level.state(),
		Traces: n.in.Traces.where, Process: n.process(), Backup: n.backups.last.Load(), BackupFault: n.backups.fault.Load(),
	}
	if n.in.API != nil {
		out.Limits = limitsOf(n.limits, n.in.Settings)
	}
	if n.in.Routes != nil {
		s := n.in.Routes.Status()
		out.Gateway = &s
	}
	if n.in.Registry != nil {
		s := n.in.Registry.State()
		out.Registry = &s
	}
	office := n.in.Host.Events()
	lines, disks := office.Lines(), office.Disks()
	out.Events, out.EventsFault = n.waiting(ctx, faults)
	if len(disks) > 0 && disks[0].Free+disks[0].Need > 0 { // one data dir, one disk, at which somebody has looked
		out.Disk = &diskStatus{Free: disks[0].Free, MinFree: disks[0].MinFree, Low: disks[0].Low, Since: disks[0].Since}
	}
	if jump := office.ClockJump(); jump.By != 0 {
		out.ClockJump = jump.By.Round(time.Second).String()
	}
	for _, s := range n.in.Board.All() {
		m := moduleStatus{Name: s.Module, State: s.State, Since: s.Since, Why: whyUnwell(s.Module, faults, lines, disks, &out)}
		m.Well = len(m.Why) == 0
		if !silent(faults[s.Module]) {
			m.Store = n.storeOf(s.Module)
		}
		out.Modules = append(out.Modules, m)
	}
	return out
}

func silent(err error) bool { return errors.Is(err, modules.ErrSilent) }

func inWords(faults map[string]error) map[string]string {
	if len(faults) == 0 {
		return nil
	}
	out := make(map[string]string, len(faults))
	for module, err := range faults {
		out[module] = err.Error()
	}
	return out
}

// waiting counts what waits for whom, and where a store does not answer says what was counted last.
func (n *node) waiting(ctx context.Context, faults map[string]error) (backlog []backlogStatus, fault string) {
	office := n.in.Host.Events()
	for _, err := range faults {
		if silent(err) {
			return statusOf(office.Counted()), ""
		}
	}
	backlog, err := backlogOf(ctx, office)
	if err != nil {
		return nil, err.Error()
	}
	return backlog, ""
}

// storeOf is how a module's database is, nil for a module without one.
func (n *node) storeOf(module string) *storeStatus {
	stores := n.in.Host.Stores()
	at := slices.IndexFunc(stores, func(d *storage.DB) bool { return d.Module() == module })
	if at < 0 {
		return nil
	}
	stats := stores[at].Stats()
	return &storeStatus{ID: stores[at].StoreID(), File: stats.File, Journal: stats.Journal, Queued: stats.Queued}
}

func (n *node) process() processStatus {
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(heap) // which stops nobody
	out := processStatus{Goroutines: runtime.NumGoroutine(), Heap: int64(heap[0].Value.Uint64())}
	if limit := debug.SetMemoryLimit(-1); limit < 1<<60 {
		out.HeapLimit = limit
	}
	var files syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files) == nil {
		out.MaxFiles = files.Cur
	}
	if n.public != nil {
		out.Requests, out.Connections = n.public.InFlight(), n.public.Connections()
		out.Full = n.public.Full()
	}
	return out
}
