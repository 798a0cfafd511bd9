package events

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
)

// line brings one module's events to one subscriber.
type line struct {
	outbox    *Outbox
	name      string
	publisher message.Publisher
	metrics   lineMetrics
	wake      chan struct{}
	// slots bound the Publishes under way, trials those of events that were refused before: they go alone, so that what
	// is known to fail keeps nobody waiting.
	slots, trials chan struct{}

	mu    sync.Mutex
	lanes *lanes
	// cursor is the highest id taken into the lanes, latest the highest that the line was told of. While it is behind,
	// the line reads what lies between from the log.
	cursor, latest int64
	behind         bool
	// known are the ids that the lanes held when the cursor was set back, nil when it was not: they are not read again.
	known map[int64]bool
	// changes counts what an operator did to deliveries: what was read before is not as they are now.
	changes int
	// rests counts how often in a row the subscriber could not be reached; until then the line rests.
	rests int
	until time.Time
}

func newLine(o *Outbox, name string, p message.Publisher, m *Metrics) *line {
	return &line{
		outbox: o, name: name, publisher: p, metrics: m.line(name),
		wake: make(chan struct{}, 1), slots: make(chan struct{}, slots), trials: make(chan struct{}, slots),
		lanes: newLanes(lanesLimit), behind: true,
	}
}

// offer takes a delivery that was just committed. It is called in the order of ids and does not wait.
func (l *line) offer(d Delivery) {
	l.mu.Lock()
	l.latest = max(l.latest, d.ID)
	switch {
	case l.behind || d.ID <= l.cursor:
	case l.lanes.full():
		l.behind = true
	default:
		l.lanes.add(d)
		l.cursor = d.ID
	}
	l.mu.Unlock()
	l.nudge()
}

// nudge has the line look for work.
func (l *line) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// run hands over what is due until ctx ends, and returns when all answers are in.
func (l *line) run(ctx context.Context) {
	var hands sync.WaitGroup
	defer hands.Wait()
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		l.fill(ctx)
		fresh, tried, wait := l.next(time.Now())
		for _, it := range tried {
			l.trials <- struct{}{} // next took no more than there is room for
			hands.Go(func() {
				defer func() { <-l.trials; l.nudge() }()
				l.hand(ctx, []*item{it})
			})
		}
		if len(fresh) > 0 {
			select {
			case l.slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			hands.Go(func() {
				defer func() { <-l.slots; l.nudge() }()
				l.hand(ctx, fresh)
			})
			continue
		}
		timer.Reset(wait)
		select {
		case <-l.wake:
		case <-timer.C:
		case <-poll.C:
			l.doubt()
		case <-ctx.Done():
		}
	}
}

// doubt has the line look into the log for what it was not told of.
func (l *line) doubt() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lanes.size <= l.lanes.limit/2 { // or what is told from now on would wait until there is room to read
		l.behind = true
	}
}

// next returns what may be handed over now, first-comers in a batch and those that were refused before, or how long
// there is nothing to do.
func (l *line) next(now time.Time) (fresh, tried []*item, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Before(l.until) {
		return nil, nil, l.until.Sub(now)
	}
	if l.outbox.marks.many() {
		return nil, nil, markEvery
	}
	fresh, tried = l.lanes.take(now, batchSize, cap(l.trials)-len(l.trials))
	wait = pollEvery
	if due, ok := l.lanes.next(); ok {
		wait = min(wait, max(due.Sub(now), 0))
	}
	return fresh, tried, wait
}

// fillBatch is how many deliveries are read at once.
const fillBatch = 1024

// fill reads deliveries from the log as long as the line is behind and has room.
func (l *line) fill(ctx context.Context) {
	for {
		l.mu.Lock()
		if !l.behind || l.lanes.size > l.lanes.limit/2 || ctx.Err() != nil || time.Now().Before(l.until) {
			l.mu.Unlock()
			return
		}
		after, told, changes := l.cursor, l.latest, l.changes
		l.mu.Unlock()
		// Whatever the line was told of before was committed before this reads.
		open, err := l.outbox.store.Open(ctx, after, fillBatch)
		l.mu.Lock()
		if err != nil {
			l.rest(time.Now())
			l.mu.Unlock()
			if ctx.Err() == nil {
				l.outbox.log.Error("deliveries not read", "subscriber", l.name, "err", err)
			}
			return
		}
		if l.changes != changes {
			l.mu.Unlock()
			continue
		}
		all := len(open) < fillBatch
		for _, d := range open {
			if d.Subscriber == l.name && !l.known[d.ID] {
				if l.lanes.full() {
					all = false
					break
				}
				// The clock may have been ahead when it was put off.
				if longest := l.outbox.longest(); d.Due.After(time.Now().Add(longest)) {
					d.Due = time.Now().Add(longest)
				}
				l.lanes.add(d)
			}
			l.cursor = d.ID
		}
		if all {
			l.cursor = max(l.cursor, told)
			if l.behind = l.latest != told; !l.behind {
				l.known = nil
			}
		}
		l.mu.Unlock()
	}
}

// rest lets some time pass before the subscriber is tried again. The caller holds mu.
func (l *line) rest(now time.Time) {
	l.until = now.Add(jitter(min(pause<<min(l.rests, 10), longPause)))
	l.rests++
}

// jitter spreads a pause by ±20 %, so that what failed together does not come back together.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}

// longest is the longest pause before another attempt, jitter and all.
func (o *Outbox) longest() time.Duration {
	longest := longPause
	for _, pause := range o.settings.Retry {
		longest = max(longest, pause)
	}
	return longest * 6 / 5
}
