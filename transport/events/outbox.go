package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/prometheus/client_golang/prometheus"

	"holon/transport/contract"
)

// Outbox is the publishing side of one module: it puts what the module announces into its log, and its relay brings it
// to the subscribers.
type Outbox struct {
	module   string
	store    Log
	settings Settings
	log      *slog.Logger
	free     func() (int64, error)
	// topics and lines are made at wiring and not changed.
	topics map[string]*topic
	lines  map[string]*line
	marks  *marks
	disk   disk
	clock  *Clock
	// refused counts what was not admitted.
	refused prometheus.Counter
	// open is how many deliveries are not done, as admission counts them: without replays, which nobody's request adds, and
	// near enough between two counts of the backlog. counted is what the last one found.
	open    atomic.Int64
	counted atomic.Pointer[[]Backlog]
	// tell wakes those who follow the log.
	tell signal

	started atomic.Bool
	stop    func()
	running sync.WaitGroup
}

// topic is one that the module may announce, and who gets it.
type topic struct {
	info        contract.TopicInfo
	subscribers []string
	// committed is what follows when an event of the topic is on disk.
	committed func([]Delivery)
}

// OutboxParams are what an Outbox needs.
type OutboxParams struct {
	Module string
	// Topics are those of the module's contract, Subscribers those of every module of the binary, placed or not.
	Topics      []contract.AnyTopic
	Subscribers []contract.Subscriber
	Store       Log
	// Publisher hands a subscriber's messages over, under the subscriber's name as the topic.
	Publisher message.Publisher
	Settings  Settings
	// Free tells how many bytes the disk below the store has free.
	Free    func() (int64, error)
	Log     *slog.Logger
	Metrics *Metrics
	// Clock tells which events are old; nil for one of the outbox's own.
	Clock *Clock
}

// NewOutbox checks the topics against the subscribers and returns an outbox that delivers from Start on. Announcing
// works before.
func NewOutbox(p OutboxParams) (*Outbox, error) {
	o := &Outbox{
		module: p.Module, store: p.Store, settings: p.Settings, log: p.Log, free: p.Free,
		topics: make(map[string]*topic), lines: make(map[string]*line), tell: newSignal(), clock: p.Clock,
	}
	if o.clock == nil {
		o.clock = NewClock(p.Log)
	}
	o.disk.last.Store(&look{})
	o.disk.wanted = make(chan struct{}, 1)
	o.marks, o.refused = newMarks(o), p.Metrics.refusedTotal.WithLabelValues(p.Module)
	var errs []error
	for _, t := range p.Topics {
		info := t.Info()
		errs = append(errs, checkTopic(p.Module, info))
		if o.topics[info.Name] != nil {
			errs = append(errs, fmt.Errorf("module %q has topic %q twice", p.Module, info.Name))
		}
		count := p.Metrics.announced(info.Name)
		o.topics[info.Name] = &topic{info: info, committed: func(ds []Delivery) {
			count()
			o.committed(ds)
		}}
	}
	for _, s := range p.Subscribers {
		for _, t := range s.Topics {
			info := t.Info()
			if info.Module() != p.Module {
				continue
			}
			own := o.topics[info.Name]
			if own == nil || own.info != info {
				errs = append(errs, fmt.Errorf("subscriber %q listens to %q, which module %q does not announce so", s.Name, info.Name, p.Module))
				continue
			}
			own.subscribers = append(own.subscribers, s.Name)
			if o.lines[s.Name] == nil {
				o.lines[s.Name] = newLine(o, s.Name, p.Publisher, p.Metrics)
			}
		}
	}
	for _, t := range o.topics {
		slices.Sort(t.subscribers)
	}
	p.Metrics.watch(o)
	return o, errors.Join(errs...)
}

func checkTopic(module string, info contract.TopicInfo) error {
	switch {
	case info.Module() != module:
		return fmt.Errorf("module %q declares topic %q of %q", module, info.Name, info.Module())
	case info.Schema < 1:
		return fmt.Errorf("topic %q has schema %d; the first is 1", info.Name, info.Schema)
	}
	return contract.Plain(info.Name+" event", info.Event)
}

// Module returns the name of the module.
func (o *Outbox) Module() string { return o.module }

// Start begins to deliver. An outbox is started once.
func (o *Outbox) Start(ctx context.Context) error {
	o.look() // before anything is admitted, and to say so at once
	o.started.Store(true)
	last := context.WithoutCancel(ctx)
	ctx, cancel := context.WithCancel(last)
	o.stop = func() {
		cancel()
		if !ended(&o.running, closeTimeout) {
			o.log.Warn("handlers still at work; what they do is handed over again, and found done")
		}
		o.marks.close(last)
	}
	for _, l := range o.lines {
		o.running.Go(func() { l.run(ctx) })
	}
	o.running.Go(func() { o.marks.run(ctx) })
	o.running.Go(func() { tidy(ctx, o.clock, o.log, "events", o.settings.Keep, o.store.Forget) })
	o.running.Go(func() { o.keepCount(ctx) })
	o.running.Go(func() { o.keepLooking(ctx) })
	return nil
}

// Stop hands nothing more over, waits for the answers that are still due, and writes them down.
func (o *Outbox) Stop() {
	if o.stop != nil {
		o.stop()
		o.stop = nil
	}
}

// committed takes what was just written to the log. It is called by the store's writer and must not wait.
func (o *Outbox) committed(deliveries []Delivery) {
	o.open.Add(int64(len(deliveries)))
	o.deliver(deliveries)
}

func (o *Outbox) deliver(deliveries []Delivery) {
	for _, d := range deliveries {
		if l := o.lines[d.Subscriber]; l != nil {
			l.offer(d)
		}
	}
	o.tell.send()
}

// ended waits for a group, and reports false when it takes too long.
func ended(group *sync.WaitGroup, patience time.Duration) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		group.Wait()
	}()
	select {
	case <-done:
		return true
	case <-time.After(patience):
		return false
	}
}
