package main

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
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
		refused := backupRefused(err)
		if refused.Code != status.Invalid { // which was never begun
			d.failed.Inc()
		}
		return nil, refused
	}
	last := &lastBackup{Dir: o.To, TakenAt: m.TakenAt, Modules: m.Modules()}
	d.last.Store(last)
	if err := last.write(in.Folder); err != nil {
		in.Log.Warn("the backup is good, and where it is was not noted", "err", err)
	}
	return backupTaken{o.To, m}, nil
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
	code, hint := status.Internal, ""
	_, badTarget := errors.AsType[*backup.TargetError](err)
	_, noRoom := errors.AsType[*backup.RoomError](err)
	_, locked := errors.AsType[*storage.LockedError](err)
	switch {
	case badTarget:
		code, hint = status.Invalid, "choose a folder that is not there yet, in one that is"
	case noRoom:
		code, hint = status.StorageFull, "choose another disk; data.min_free stays free on each"
	case locked:
		code = status.Conflict
	case errors.Is(err, storage.ErrCorrupt):
		hint = "an earlier backup may be good: holon restore --from DIR --dry-run"
	case errors.Is(err, context.Canceled):
		code = status.Canceled
	default:
		if known := status.From(err).Code; known != status.Internal {
			code = known
		}
	}
	e := status.New(code, "", "%v", err)
	if hint != "" {
		e = e.With(status.DetailHint, hint)
	}
	return e
}

// lastBackup is what a node remembers of its last backup, in its folder.
type lastBackup struct {
	Dir     string    `json:"dir"`
	TakenAt time.Time `json:"taken_at"`
	Modules []string  `json:"modules"`
}
