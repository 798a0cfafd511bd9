package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"holon/modules/storage"
	"holon/modules/storage/backup"
	"holon/modules/storage/eventlog"
	"holon/transport/status"
)

// backupDesk takes backups of a node and knows of the last one.
type backupDesk struct {
	n      *node
	last   atomic.Pointer[lastBackup]
	failed prometheus.Counter
	// fault is why there was no backup when one was tried last, nil after a good one.
	fault atomic.Pointer[backupFault]

	// mu guards stopped, after which none begins; under are those that are under way, and end ends them.
	mu      sync.Mutex
	stopped bool
	under   sync.WaitGroup
	end     chan struct{}
}

func newBackupDesk(n *node, r prometheus.Registerer) (*backupDesk, error) {
	d := &backupDesk{n: n, end: make(chan struct{}), failed: prometheus.NewCounter(prometheus.CounterOpts{
		Name: "holon_backup_failures_total", Help: "Backups of this node that were begun and not finished.",
	})}
	d.last.Store(readLastBackup(n.in.Folder.path))
	taken := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "holon_backup_taken_timestamp_seconds", Help: "The instant of the last backup of this node, 0 for none.",
	}, func() float64 {
		if last := d.last.Load(); last != nil {
			return float64(last.TakenAt.UnixMilli()) / 1000
		}
		return 0
	})
	return d, errors.Join(r.Register(d.failed), r.Register(taken))
}

// take is the verb.
func (d *backupDesk) take(ctx context.Context, body []byte) (any, error) {
	var o backupOrder
	if err := json.Unmarshal(body, &o); err != nil {
		return nil, status.New(status.Malformed, "", "the body is not JSON: %v", err)
	}
	in := d.n.in
	stores := in.Host.Stores()
	switch {
	case !filepath.IsAbs(o.To):
		return nil, status.New(status.Invalid, "", "to must be an absolute path, not %q", o.To)
	case len(stores) == 0:
		return nil, status.New(status.Invalid, "", "this node runs no module that keeps data")
	}
	ctx, done, err := d.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	m, err := backup.Take(ctx, backup.Params{
		Stores: stores, To: o.To, Node: in.Node.Name, Version: in.Node.Version, Reserve: int64(in.Settings.Config.Data.MinFree),
		Summary: eventlog.Summary, Log: in.Log,
	})
	if err != nil {
		return nil, d.note(ctx, o.To, err)
	}
	d.fault.Store(nil)
	last := &lastBackup{Dir: o.To, TakenAt: m.TakenAt, Modules: m.Modules()}
	d.last.Store(last)
	if err := last.write(in.Folder); err != nil {
		in.Log.Warn("the backup is good, and where it is was not noted", "err", err)
	}
	return backupTaken{o.To, sameDisk(o.To, in.Node.DataDir), m}, nil
}

// sameDisk reports whether two folders are on one file system, as far as that can be seen.
func sameDisk(a, b string) bool {
	var one, other syscall.Stat_t
	return syscall.Stat(a, &one) == nil && syscall.Stat(b, &other) == nil && one.Dev == other.Dev
}

// note counts, logs and remembers that a backup which was begun came to nothing, and returns what its asker is told.
func (d *backupDesk) note(ctx context.Context, to string, err error) error {
	refused := backupRefused(err)
	if refused.Code == status.Invalid { // it was never begun
		return refused
	}
	d.failed.Inc()
	f := &backupFault{Dir: to, At: time.Now().UTC().Truncate(time.Second), Reason: err.Error()}
	level := slog.LevelWarn
	if damaged, ok := errors.AsType[*storage.CorruptError](err); ok {
		level, f.Damaged = slog.LevelError, damaged.Module
	}
	d.fault.Store(f)
	d.n.in.Log.Log(ctx, level, "backup failed", "to", to, "err", err)
	return refused
}

// begin lets a backup begin, and has it end with the request or with the node, whichever ends first. What a backup has
// written is removed then, which the node waits for.
func (d *backupDesk) begin(ctx context.Context) (context.Context, func(), error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stopped || !d.n.ready.Load() {
		return nil, nil, status.New(status.Unavailable, "", "the node is starting or stopping")
	}
	ctx, cancel := context.WithCancel(ctx)
	d.under.Go(func() {
		select {
		case <-d.end:
			cancel()
		case <-ctx.Done():
		}
	})
	d.under.Add(1)
	return ctx, func() { cancel(); d.under.Done() }, nil
}

// stop ends backups that are under way, and waits until they have removed what they wrote.
func (d *backupDesk) stop(ctx context.Context) error {
	d.mu.Lock()
	if !d.stopped {
		d.stopped = true
		close(d.end)
	}
	d.mu.Unlock()
	return stopping(d.under.Wait)(ctx)
}

// backupRefused gives whoever asked for a backup the reason that there is none: they own the node.
func backupRefused(err error) *status.Error {
	code, reason, hint := status.Internal, "", ""
	target, badTarget := errors.AsType[*backup.TargetError](err)
	_, noRoom := errors.AsType[*backup.RoomError](err)
	_, locked := errors.AsType[*storage.LockedError](err)
	switch {
	case badTarget && target.Err != nil:
		code, hint = status.Invalid, "have it write there, or choose a folder where it may"
	case badTarget:
		code, hint = status.Invalid, "choose a folder that is not there yet, in one that is"
	case noRoom:
		code, hint = status.StorageFull, "choose another disk; data.min_free stays free on each"
	case locked:
		code = status.Conflict
	case errors.Is(err, storage.ErrCorrupt):
		reason, hint = dataCorrupt, "an earlier backup may be good: holon restore --from DIR --dry-run"
	case errors.Is(err, context.Canceled):
		code = status.Canceled
	default:
		if known := status.From(err).Code; known != status.Internal {
			code = known
		}
	}
	e := status.New(code, reason, "%v", err)
	if hint != "" {
		e = e.With(status.DetailHint, hint)
	}
	return e
}

// dataCorrupt is the code of the problem that a store is damaged.
const dataCorrupt = "data_corrupt"

// backupFault is a backup that came to nothing.
type backupFault struct {
	Dir    string    `json:"dir"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
	// Damaged is the module whose store was found damaged by it.
	Damaged string `json:"damaged,omitempty"`
}

// lastBackup is what a node remembers of its last backup, in its folder.
type lastBackup struct {
	Dir     string    `json:"dir"`
	TakenAt time.Time `json:"taken_at"`
	Modules []string  `json:"modules"`
}
