package events

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Backlog counts what is not done, by subscriber, with all those that the binary has. It reads every open delivery,
// which takes a while when there are many.
func (o *Outbox) Backlog(ctx context.Context) ([]Backlog, error) {
	backlog, err := o.store.Backlog(ctx)
	if err != nil {
		return nil, fmt.Errorf("count the backlog of %s: %w", o.module, err)
	}
	for _, name := range slices.Sorted(maps.Keys(o.lines)) {
		if !slices.ContainsFunc(backlog, func(b Backlog) bool { return b.Subscriber == name }) {
			backlog = append(backlog, Backlog{Subscriber: name})
		}
	}
	return backlog, nil
}

// count counts the backlog anew for metrics and admission.
func (o *Outbox) count(ctx context.Context) error {
	backlog, err := o.Backlog(ctx)
	if err != nil {
		return err
	}
	open := 0
	for _, b := range backlog {
		open += b.Open - b.Replays
	}
	o.open.Store(int64(open))
	o.counted.Store(&backlog)
	return nil
}

// countEvery is how often the backlog is counted; when it is long, counting takes no more than one part in countShare of
// the time.
const (
	countEvery = 5 * time.Second
	countShare = 20
)

// keepCount counts the backlog from time to time.
func (o *Outbox) keepCount(ctx context.Context) {
	var uncounted trouble
	timer := time.NewTimer(0)
	defer timer.Stop()
	for first := true; ; first = false {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		started := time.Now()
		if err := o.count(ctx); err != nil {
			if ctx.Err() == nil && uncounted.again(err) {
				o.log.Error("backlog not counted", "err", err)
			}
		} else if lasted, tell := uncounted.over(); tell {
			o.log.Info("the backlog is counted again", "after", lasted)
		}
		if first {
			o.tellStrangers()
		}
		timer.Reset(max(countEvery, countShare*time.Since(started)))
	}
}

// tellStrangers says what waits for subscribers that are gone.
func (o *Outbox) tellStrangers() {
	backlog := o.counted.Load()
	if backlog == nil {
		return
	}
	for _, b := range *backlog {
		if o.lines[b.Subscriber] == nil {
			o.log.Warn("deliveries wait for a subscriber that this binary does not have", "subscriber", b.Subscriber,
				"deliveries", b.Open+b.Parked, "hint", "holon events drop --subscriber "+b.Subscriber)
		}
	}
}
