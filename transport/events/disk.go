package events

import (
	"sync/atomic"
	"time"
)

// disk remembers what was last seen of the free space, so that not every announcement asks.
type disk struct {
	last atomic.Pointer[look]
	// asked is when the look began that is under way, nil for none; wanted wakes the one who looks.
	asked  atomic.Pointer[time.Time]
	wanted chan struct{}
	// silence is a disk that gives no answer.
	silence trouble
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
	// SilentSince is when the disk was asked if it has given no answer for seconds, zero when it answers. Writes to it are
	// likely to hang, too.
	SilentSince time.Time `json:"silent_since,omitzero"`
}

// Disk tells what was last seen of the disk below the module's store. It asks nobody, and so does not wait.
func (o *Outbox) Disk() DiskState {
	l := o.disk.last.Load()
	return DiskState{
		Module: o.module, Low: l.low, Since: l.since, Free: l.free, MinFree: o.settings.MinFree, Need: o.need(l.low), Looked: l.at,
		SilentSince: o.disk.silent(),
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

// silent returns since when the disk gives no answer, zero when it does.
func (d *disk) silent() time.Time {
	if asked := d.asked.Load(); asked != nil && time.Since(*asked) >= silentAfter {
		return *asked
	}
	return time.Time{}
}
