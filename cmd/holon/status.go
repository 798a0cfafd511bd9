package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"holon/modules"
	"holon/modules/storage"
	"holon/transport/events"
)

// nodeStatus is a node as /status tells it.
type nodeStatus struct {
	Node    string `json:"node"`
	Version string `json:"version"`
	Boot    string `json:"boot"`
	Uptime  string `json:"uptime"`
	// Ready is what /readyz says; Faults are what keeps the node from it, by module.
	Ready     bool              `json:"ready"`
	Faults    map[string]string `json:"faults,omitempty"`
	Addresses map[string]string `json:"addresses"`
	DataDir   string            `json:"data_dir"`
	Config    string            `json:"config,omitempty"`
	Log       levelState        `json:"log"`
	Modules   []moduleStatus    `json:"modules"`
	Events    []backlogStatus   `json:"events"`
	// EventsFault says why Events is empty.
	EventsFault string        `json:"events_fault,omitempty"`
	Disk        *diskStatus   `json:"disk,omitempty"`
	Backup      *lastBackup   `json:"backup,omitempty"`
	Process     processStatus `json:"process"`
	Limits      []nodeLimit   `json:"limits,omitempty"`
	// ClockJump is how far the clock has jumped while the node ran, as long as nothing is forgotten by it.
	ClockJump string `json:"clock_jump,omitempty"`
}

type moduleStatus struct {
	Name  string        `json:"name"`
	State modules.State `json:"state"`
	Since time.Time     `json:"since"`
	// Well says that nothing is known to be wrong; Why is what is.
	Well  bool         `json:"well"`
	Why   []string     `json:"why,omitempty"`
	Store *storeStatus `json:"store,omitempty"`
}

// storeStatus is a module's database: its sizes on disk in bytes, and how many writes wait.
type storeStatus struct {
	ID      string `json:"id"`
	File    int64  `json:"file_bytes"`
	Journal int64  `json:"journal_bytes"`
	Queued  int    `json:"queued_writes"`
}

// diskStatus is the disk below the data dir.
type diskStatus struct {
	Free    int64 `json:"free_bytes"`
	MinFree int64 `json:"min_free_bytes"`
	// Low says that business writes are refused, since then.
	Low   bool      `json:"low"`
	Since time.Time `json:"since,omitzero"`
}

// processStatus is what the process uses of the machine.
type processStatus struct {
	Requests    int   `json:"requests"`
	Connections int   `json:"connections"`
	Goroutines  int   `json:"goroutines"`
	Heap        int64 `json:"heap_bytes"`
	// HeapLimit is where the collector works harder (GOMEMLIMIT), 0 for none.
	HeapLimit int64  `json:"heap_limit_bytes,omitempty"`
	MaxFiles  uint64 `json:"open_files_limit,omitempty"`
}

func (n *node) status(ctx context.Context) nodeStatus {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	faults := n.readiness(ctx)
	out := nodeStatus{
		Node: n.in.Node.Name, Version: n.in.Node.Version, Boot: n.in.Node.Boot,
		Uptime: time.Since(n.started).Round(time.Second).String(), Ready: len(faults) == 0,
		Addresses: n.addrs.all(), DataDir: n.in.Node.DataDir, Config: n.in.Settings.File, Log: n.in.Level.state(),
		Process: n.process(), Backup: n.backups.last.Load(),
	}
	if len(faults) > 0 {
		out.Faults = make(map[string]string, len(faults))
		for module, err := range faults {
			out.Faults[module] = err.Error()
		}
	}
	if n.in.API != nil {
		out.Limits = limitsOf(n.limits, n.in.Settings)
	}
	office := n.in.Host.Events()
	lines, disks := office.Lines(), office.Disks()
	var err error
	if out.Events, err = backlogOf(ctx, office); err != nil {
		out.EventsFault = err.Error()
	}
	if len(disks) > 0 { // one data dir, one disk
		out.Disk = &diskStatus{Free: disks[0].Free, MinFree: disks[0].MinFree, Low: disks[0].Low, Since: disks[0].Since}
	}
	if jump := office.ClockJump(); jump.By != 0 {
		out.ClockJump = jump.By.Round(time.Second).String()
	}
	stores := n.in.Host.Stores()
	for _, s := range n.in.Board.All() {
		m := moduleStatus{Name: s.Module, State: s.State, Since: s.Since, Why: whyUnwell(s.Module, faults, lines, disks, out.Events)}
		m.Well = len(m.Why) == 0
		if at := slices.IndexFunc(stores, func(d *storage.DB) bool { return d.Module() == s.Module }); at >= 0 {
			stats := stores[at].Stats()
			m.Store = &storeStatus{ID: stores[at].StoreID(), File: stats.File, Journal: stats.Journal, Queued: stats.Queued}
		}
		out.Modules = append(out.Modules, m)
	}
	return out
}

// whyUnwell says what is wrong with a module.
func whyUnwell(module string, faults map[string]error, lines []events.LineState, disks []events.DiskState, backlog []backlogStatus) []string {
	var why []string
	if err := faults[module]; err != nil {
		why = append(why, err.Error())
	}
	for _, d := range disks {
		if d.Module == module && d.Low {
			why = append(why, fmt.Sprintf("business writes are refused since %s: %s of the disk are free and %s needed (data.min_free)",
				d.Since.UTC().Format(time.RFC3339), size(d.Free), size(d.Need)))
		}
	}
	for _, l := range lines {
		if l.Module == module && l.Resting {
			why = append(why, fmt.Sprintf("its events wait for %s since %s: %s", l.Subscriber, l.Since.UTC().Format(time.RFC3339), l.Reason))
		}
	}
	for _, b := range backlog {
		if b.Module == module && b.Parked > 0 {
			why = append(why, fmt.Sprintf("%s parked for %s: holon events ls --state parked", counted(b.Parked, "of its events is", "of its events are"), b.Subscriber))
		}
	}
	return why
}

func (n *node) process() processStatus {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	out := processStatus{Goroutines: runtime.NumGoroutine(), Heap: int64(memory.HeapAlloc)}
	if limit := debug.SetMemoryLimit(-1); limit < 1<<60 {
		out.HeapLimit = limit
	}
	var files syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files) == nil {
		out.MaxFiles = files.Cur
	}
	if n.public != nil {
		out.Requests, out.Connections = n.public.InFlight(), n.public.Connections()
	}
	return out
}
