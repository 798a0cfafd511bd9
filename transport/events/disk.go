package events

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// lookEvery is for how long a look at the disk is good; idleLook is how often there is one when nobody announces.
const (
	lookEvery = time.Second
	idleLook  = 5 * time.Second
)

// disk remembers what was last seen of the free space, so that not every announcement asks.
type disk struct {
	looking sync.Mutex // held by the one who asks
	last    atomic.Pointer[look]
}

// look is what was seen. Its times have the monotonic clock's reading: one that is set back must not keep anybody from
// looking again.
type look struct {
	at   time.Time
	free int64
	low  bool
	// since is when it became low.
	since time.Time
}

// DiskState is what was last seen of the disk below a module's store.
type DiskState struct {
	Module string `json:"module"`
	// Low says that business writes are refused since Since, until as much as Need is free.
	Low   bool      `json:"low"`
	Since time.Time `json:"since,omitzero"`
	// Free, MinFree (data.min_free) and Need are bytes. Need is more than MinFree while the disk is low.
	Free    int64 `json:"free_bytes"`
	MinFree int64 `json:"min_free_bytes"`
	Need    int64 `json:"need_bytes"`
	// Looked is when, zero before the start.
	Looked time.Time `json:"looked,omitzero"`
}

// Disk tells what was last seen of the disk below the module's store. It asks nobody, and so does not wait.
func (o *Outbox) Disk() DiskState {
	l := o.disk.last.Load()
	return DiskState{
		Module: o.module, Low: l.low, Since: l.since, Free: l.free, MinFree: o.settings.MinFree, Need: o.need(l.low), Looked: l.at,
	}
}

// Disks tells of the disk below every store of this node.
func (o *Office) Disks() []DiskState {
	out := make([]DiskState, 0, len(o.outboxes))
	for _, box := range o.outboxes {
		out = append(out, box.Disk())
	}
	return out
}

// need is how much must be free for the disk not to be low. Once it was, it must have a quarter more before it is well
// again, so that the answer does not flicker.
func (o *Outbox) need(low bool) int64 {
	if low {
		return o.settings.MinFree + o.settings.MinFree/4
	}
	return o.settings.MinFree
}

// diskLow reports whether the disk has too little room. While one asks, the others go by what was seen before.
func (o *Outbox) diskLow() bool {
	now, last := time.Now(), o.disk.last.Load()
	if now.Sub(last.at) < lookEvery || !o.disk.looking.TryLock() {
		return last.low
	}
	defer o.disk.looking.Unlock()
	last = o.disk.last.Load() // of one who may have been faster
	seen := *last
	seen.at = now
	free, err := o.free()
	if err == nil { // otherwise the write itself will tell
		seen.free, seen.low = free, free < o.need(seen.low)
	}
	switch {
	case seen.low && !last.low:
		seen.since = now
		o.log.Error("the disk is low: business writes are refused", "free_bytes", free, "min_free", o.settings.MinFree)
	case last.low && !seen.low:
		seen.since = time.Time{}
		o.log.Info("the disk has room again: business writes are taken", "free_bytes", free)
	}
	o.disk.last.Store(&seen)
	return seen.low
}

// keepLooking looks at the disk and at the clock also when nobody announces, until ctx ends.
func (o *Outbox) keepLooking(ctx context.Context) {
	tick := time.NewTicker(idleLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			o.diskLow()
			o.clock.now()
		}
	}
}
