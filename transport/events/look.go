package events

import (
	"context"
	"errors"
	"time"
)

// lookEvery is for how long a look at the disk is good; idleLook is how often there is one when nobody announces.
// silentAfter is how long a look may take before the disk is said to be silent.
const (
	lookEvery   = time.Second
	idleLook    = 5 * time.Second
	silentAfter = 5 * time.Second
)

var errSilent = errors.New("it was asked for its free space and has not answered")

// diskLow reports whether the disk had too little room when it was last looked at, and has it looked at again when that is
// a while ago. It does not wait for that: a network disk that is away keeps whoever asks for as long as it likes. Only
// before the start, when nobody else looks, the caller does.
func (o *Outbox) diskLow() bool {
	if time.Since(o.disk.last.Load().at) >= lookEvery {
		if !o.started.Load() {
			o.look()
		}
		select {
		case o.disk.wanted <- struct{}{}:
		default:
		}
	}
	return o.disk.last.Load().low
}

// keepLooking looks at the disk when somebody wants to know and once in a while, and at the clock, until ctx ends.
func (o *Outbox) keepLooking(ctx context.Context) {
	tick := time.NewTicker(idleLook)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.disk.wanted:
		case <-tick.C:
			o.clock.now()
			if since := o.disk.silent(); !since.IsZero() && o.disk.silence.again(errSilent) {
				o.log.Error("the disk does not answer", "since", since, "err", errSilent)
			}
		}
		if o.disk.asked.Load() == nil && time.Since(o.disk.last.Load().at) >= lookEvery {
			o.running.Go(o.look)
		}
	}
}

// look asks for the free space, unless somebody does already, and waits for the answer.
func (o *Outbox) look() {
	now := time.Now()
	if !o.disk.asked.CompareAndSwap(nil, &now) {
		return
	}
	defer o.disk.asked.Store(nil)
	free, err := o.free()
	if lasted, tell := o.disk.silence.over(); tell {
		o.log.Info("the disk answers again", "after", lasted)
	}
	last := o.disk.last.Load()
	seen := *last
	seen.at = time.Now()
	if err == nil { // otherwise the write itself will tell
		seen.free, seen.low = free, free < o.need(seen.low)
	}
	switch {
	case seen.low && !last.low:
		seen.since = seen.at
		o.log.Error("the disk is low: business writes are refused", "free_bytes", free, "min_free", o.settings.MinFree)
	case last.low && !seen.low:
		seen.since = time.Time{}
		o.log.Info("the disk has room again: business writes are taken", "free_bytes", free)
	}
	o.disk.last.Store(&seen)
}
