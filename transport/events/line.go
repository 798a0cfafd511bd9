package events

import (
	"context"
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
	// rest is the line's pause, took when the subscriber's side last took something, probes how many Publishes are under
	// way to find out whether the rest is over.
	rest   rest
	took   time.Time
	probes int
	// reads is the pause between reads of the log. What is in the lanes goes on meanwhile.
	reads rest

	// What goes wrong again and again: reads of the log, reads of events, the Publisher, the subscriber's side.
	unread, unloaded, faulty, away trouble
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
			l.slots <- struct{}{}
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
	l.endIdle(now)
	wait = pollEvery
	if pause := l.reads.left(now); l.behind && pause > 0 {
		wait = min(wait, pause)
	}
	if pause := max(l.rest.left(now), l.outbox.marks.wait()); pause > 0 {
		return nil, nil, min(wait, pause)
	}
	n, m := batchSize, cap(l.trials)-len(l.trials)
	if len(l.slots) == cap(l.slots) {
		n = 0
	}
	if l.rest.on() {
		fresh, tried = l.probe(now, n, m)
	} else {
		fresh, tried = l.lanes.take(now, n, m)
	}
	if due, ok := l.lanes.next(); ok {
		wait = min(wait, max(due.Sub(now), 0))
	}
	return fresh, tried, wait
}
