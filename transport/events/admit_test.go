package events_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/events"
	"holon/transport/status"
)

// refused requires shop to refuse a sale, and returns how.
func (h *house) refused(t *testing.T) *status.Error {
	t.Helper()
	err := h.announce(t.Context(), sold, sale{Key: "z", Version: 1})
	refusal, ok := errors.AsType[*status.Error](err)
	require.True(t, ok, "%v", err)
	return refusal
}

func TestBacklogIsFull(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.settings.MaxBacklog = 3
		h.build(t)
		h.relay(t)
		pass(0) // the first count
		h.sell(t, sale{Key: "a", Version: 1}, sale{Key: "b", Version: 1})
		h.sell(t, sale{Key: "c", Version: 1})
		refusal := h.refused(t)
		require.Equal(t, status.Unavailable, refusal.Code)
		require.Equal(t, "event_backlog_full", refusal.Reason)
		require.Equal(t, "3 deliveries of module shop wait, and no more are taken (delivery.max_backlog)", refusal.Message)
		require.Equal(t, "5", refusal.Details[status.DetailRetryAfter])
		require.Contains(t, refusal.Details[status.DetailHint], "holon events ls")

		// What a handler announces is how a backlog goes down.
		require.NoError(t, h.announce(contract.WithCause(t.Context(), "some-event"), sold, sale{Key: "d", Version: 1}))

		h.subscribe(t)
		pass(time.Minute)
		require.Len(t, h.postings(t), 4)
		h.sell(t, sale{Key: "e", Version: 1}, sale{Key: "f", Version: 1}, sale{Key: "g", Version: 1})
	})
}

// TestBacklogOfBefore counts what an earlier process left.
func TestBacklogOfBefore(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.settings.MaxBacklog = 2
	h.build(t)
	h.sell(t, sale{Key: "a", Version: 1}, sale{Key: "b", Version: 1})
	_ = h.refused(t)
	h.build(t)
	h.relay(t)
	require.Eventually(t, func() bool { return series(t, h.registry, "holon_event_backlog")["shop till.ledger"] == 2 },
		10*time.Second, time.Millisecond, "the backlog is counted a little after the start")
	_ = h.refused(t)
	n, err := h.box.Drop(t.Context(), events.Filter{Key: "a"})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	h.sell(t, sale{Key: "c", Version: 1})
	_ = h.refused(t)
}

// TestAnnouncedBeforeStart is counted once.
func TestAnnouncedBeforeStart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.settings.MaxBacklog = 3
		h.build(t)
		h.sell(t, sale{Key: "a", Version: 1}, sale{Key: "b", Version: 1})
		h.relay(t)
		pass(0) // the first count
		h.sell(t, sale{Key: "c", Version: 1})
		_ = h.refused(t)
	})
}

// TestParkedIsNoBacklog: a dead letter waits for an operator, who must not keep the module from its work.
func TestParkedIsNoBacklog(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.settings.MaxBacklog, h.settings.Retry = 1, nil
		h.handle = func(context.Context, sale) error { return errors.New("no") }
		h.run(t)
		pass(0) // the first count
		h.sell(t, sale{Key: "a", Version: 1})
		pass(markTime)
		require.Len(t, h.entries(t, events.Parked), 1)
		h.sell(t, sale{Key: "b", Version: 1})
	})
}

// freeSpace is a disk.
type freeSpace struct {
	mu    sync.Mutex
	bytes int64
	err   error
	looks int
}

func (f *freeSpace) free() (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.looks++
	return f.bytes, f.err
}

func (f *freeSpace) set(bytes int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bytes, f.err = bytes, err
}

func TestDiskIsFull(t *testing.T) {
	bubble(t, func(t *testing.T) {
		disk := &freeSpace{bytes: 100 << 20}
		h := newHouse(t)
		h.settings.MinFree, h.free = 100<<20, disk.free
		h.build(t)
		next := int64(0)
		sells := func() {
			t.Helper()
			next++
			h.sell(t, sale{Key: "a", Version: next})
		}
		sells()
		disk.set(100<<20-1, nil)
		sells() // it was looked at just now
		require.Equal(t, 1, disk.looks)

		pass(time.Second)
		refusal := h.refused(t)
		require.Equal(t, status.StorageFull, refusal.Code)
		require.Equal(t, "the disk below module shop has less than 100 MiB free (data.min_free)", refusal.Message)
		require.Equal(t, "30", refusal.Details[status.DetailRetryAfter])
		require.NotEmpty(t, refusal.Details[status.DetailHint])
		_ = h.refused(t)
		require.Equal(t, 2, disk.looks)
		require.NoError(t, h.announce(contract.WithCause(t.Context(), "some-event"), sold, sale{Key: "b", Version: 1}), "a handler's")

		disk.set(125<<20-1, nil)
		pass(time.Second)
		_ = h.refused(t) // a little more does not do
		disk.set(1<<40, errors.New("cannot look"))
		pass(time.Second)
		_ = h.refused(t)
		disk.set(125<<20, nil)
		pass(time.Second)
		sells()
		disk.set(0, errors.New("cannot look"))
		pass(time.Second)
		sells()
		require.Len(t, h.logs.of("the disk is low: business writes are refused"), 1, "each change is told once")
		require.Len(t, h.logs.of("the disk has room again: business writes are taken"), 1)
	})
}

// TestDiskOfAnIdleModule is looked at all the same: whoever asks how it stands is told what is so.
func TestDiskOfAnIdleModule(t *testing.T) {
	bubble(t, func(t *testing.T) {
		disk := &freeSpace{bytes: 1 << 30}
		h := newHouse(t)
		h.settings.MinFree, h.free = 100<<20, disk.free
		h.build(t)
		office := events.NewOffice([]*events.Outbox{h.box}, h.subscribers)
		require.Zero(t, office.Disks()[0].Looked)
		h.relay(t)
		require.Equal(t, events.DiskState{
			Module: "shop", Free: 1 << 30, MinFree: 100 << 20, Need: 100 << 20, Looked: office.Disks()[0].Looked,
		}, office.Disks()[0])
		require.Equal(t, map[string]float64{"shop": 0}, series(t, h.registry, "holon_disk_low"))

		disk.set(90<<20, nil)
		pass(events.IdleLook)
		low := office.Disks()[0]
		require.Equal(t, events.DiskState{
			Module: "shop", Low: true, Since: low.Looked, Free: 90 << 20, MinFree: 100 << 20, Need: 125 << 20, Looked: low.Looked,
		}, low)
		require.Equal(t, map[string]float64{"shop": 1}, series(t, h.registry, "holon_disk_low"))
		require.Equal(t, map[string]float64{"shop": 90 << 20}, series(t, h.registry, "holon_disk_free_bytes"))
		require.Len(t, h.logs.of("the disk is low: business writes are refused"), 1)

		disk.set(1<<30, nil)
		pass(events.IdleLook)
		require.False(t, office.Disks()[0].Low)
		require.Zero(t, office.Disks()[0].Since)
		require.Len(t, h.logs.of("the disk has room again: business writes are taken"), 1)
	})
}
