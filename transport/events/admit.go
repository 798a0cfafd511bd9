package events

import (
	"strconv"
	"sync/atomic"
	"time"

	"holon/transport/status"
)

// disk remembers what was last seen of the free space, so that not every announcement asks.
type disk struct {
	looked atomic.Int64 // in nanoseconds since 1970
	low    atomic.Bool
}

// lookEvery is for how long a look at the disk is good.
const lookEvery = time.Second

// Retry-After of what is refused, in seconds.
const (
	backlogRetryAfter = 5
	diskRetryAfter    = 30
)

// admit refuses what would make a backlog or a disk overflow.
func (o *Outbox) admit() error {
	err := o.inadmissible()
	if err != nil {
		o.refused.Inc()
	}
	return err
}

func (o *Outbox) inadmissible() error {
	if open := o.open.Load(); open >= int64(o.settings.MaxBacklog) {
		return status.New(status.Unavailable, "event_backlog_full",
			"%d deliveries of module %s wait, and no more are taken (delivery.max_backlog)", open, o.module).
			With(status.DetailRetryAfter, strconv.Itoa(backlogRetryAfter)).
			With(status.DetailHint, "holon events ls --state retrying, or --state waiting, shows where they are held up")
	}
	if o.diskLow(time.Now()) {
		return status.New(status.StorageFull, "", "the disk below module %s has less than %d MiB free (data.min_free)", o.module,
			o.settings.MinFree>>20).
			With(status.DetailRetryAfter, strconv.Itoa(diskRetryAfter)).
			With(status.DetailHint, "free space on the disk that holds the data dir; nothing that was confirmed is lost")
	}
	return nil
}

// diskLow reports whether the disk has too little room. Once it had, it must have a quarter more before it is well again,
// so that the answer does not flicker.
func (o *Outbox) diskLow(now time.Time) bool {
	if now.UnixNano()-o.disk.looked.Load() < int64(lookEvery) {
		return o.disk.low.Load()
	}
	o.disk.looked.Store(now.UnixNano())
	free, err := o.free()
	if err != nil {
		return o.disk.low.Load() // the write itself will tell
	}
	need := o.settings.MinFree
	if o.disk.low.Load() {
		need += need / 4
	}
	low := free < need
	switch was := o.disk.low.Swap(low); {
	case low && !was:
		o.log.Error("the disk is low: business writes are refused", "free_bytes", free, "min_free", o.settings.MinFree)
	case was && !low:
		o.log.Info("the disk has room again: business writes are taken", "free_bytes", free)
	}
	return low
}
