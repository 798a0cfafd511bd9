package eventstest

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/events"
)

// sale is what the module shop announces, on two topics, and posting what the module till writes for each.
type sale struct {
	Key     string `json:"key"`
	Version int64  `json:"version"`
}

var (
	sold   = topicOf("shop.sold")
	repaid = topicOf("shop.repaid")
	posted = topicOf("till.posted")

	ledger = contract.Subscriber{Name: "till.ledger", Topics: []contract.AnyTopic{sold, repaid}, Replayable: true}
)

func topicOf(name string) contract.Topic[sale] {
	return contract.Topic[sale]{Name: name, Schema: 1,
		Key: func(s sale) string { return s.Key }, Version: func(s sale) int64 { return s.Version }}
}

// world is two modules: shop announces sales, and till, which subscribes to them, posts each to its ledger. A posting is
// an event of till's own, so it is written in the handler's transaction and says what caused it.
type world struct {
	setup      Setup
	settings   events.Settings
	pub        message.Publisher
	sub        message.Subscriber
	dir        string
	shop, till Store
	// gate is held by whoever writes to a store, and by a crash for itself.
	gate *sync.RWMutex
	// refuse decides whether till refuses a sale this time; it may be nil.
	refuse func(sale) error
	// publishers wrap the way from shop to till, stores shop's own; they may be nil.
	publisher func(message.Publisher) message.Publisher
	log       func(events.Log) events.Log

	boxes   []*events.Outbox
	postbox *events.Outbox
	intake  *events.Intake
}

// newWorld opens both modules' stores. Nothing runs yet.
func newWorld(t *testing.T, s Setup) *world {
	t.Helper()
	w := &world{setup: s, settings: events.DefaultSettings(), dir: t.TempDir(), gate: new(sync.RWMutex)}
	w.settings.MinFree = 0
	w.settings.Retry = []time.Duration{time.Millisecond, time.Millisecond, time.Millisecond, time.Millisecond, time.Millisecond}
	w.open(t)
	return w
}

func (w *world) open(t *testing.T) {
	t.Helper()
	if w.pub == nil {
		w.pub, w.sub = w.setup.Pubsub(t)
	}
	w.shop, w.till = gated{w.setup.Store(t, w.dir, "shop"), w.gate}, gated{w.setup.Store(t, w.dir, "till"), w.gate}
	w.boxes = nil
	w.postbox = w.outbox(t, w.till, "till", posted)
	w.box(t)
}

// box adds an outbox over shop's log, which only announces until it is started.
func (w *world) box(t *testing.T) *events.Outbox {
	t.Helper()
	var store events.Log = w.shop
	if w.log != nil {
		store = w.log(store)
	}
	o := w.outbox(t, store, "shop", sold, repaid)
	w.boxes = append(w.boxes, o)
	return o
}

func (w *world) outbox(t *testing.T, store events.Log, module string, topics ...contract.AnyTopic) *events.Outbox {
	t.Helper()
	pub := w.pub
	if w.publisher != nil {
		pub = w.publisher(pub)
	}
	o, err := events.NewOutbox(events.OutboxParams{
		Module: module, Topics: topics, Subscribers: []contract.Subscriber{ledger}, Store: store, Publisher: pub,
		Settings: w.settings, Free: func() (int64, error) { return 1 << 40, nil }, Log: slog.New(slog.DiscardHandler),
		Metrics: newMetrics(t),
	})
	require.NoError(t, err)
	return o
}

func newMetrics(t *testing.T) *events.Metrics {
	t.Helper()
	m, err := events.NewMetrics(prometheus.NewRegistry())
	require.NoError(t, err)
	return m
}

// subscribe has till handle what comes, until stop or the end of the test.
func (w *world) subscribe(t *testing.T) {
	t.Helper()
	in, err := events.NewIntake(events.IntakeParams{
		Module: "till", Declared: []contract.Subscriber{ledger},
		Subscriptions: []events.Subscription{events.Subscribe(ledger, events.On(sold, w.post), events.On(repaid, w.post))},
		Inbox:         w.till, Source: w.sub, Settings: w.settings, Log: slog.New(slog.DiscardHandler), Metrics: newMetrics(t),
	})
	require.NoError(t, err)
	require.NoError(t, in.Start(t.Context()))
	w.intake = in
	t.Cleanup(in.Stop)
}

// post is till's handler: it posts, and then may refuse, so that what it did must be undone.
func (w *world) post(ctx context.Context, s sale) error {
	if err := w.postbox.Announce(ctx, posted.Fact(s)); err != nil {
		return err
	}
	if w.refuse != nil {
		return w.refuse(s)
	}
	return nil
}

// run starts all of it.
func (w *world) run(t *testing.T) {
	t.Helper()
	w.subscribe(t)
	w.relay(t)
}

// relay starts the outboxes of shop.
func (w *world) relay(t *testing.T) {
	t.Helper()
	for _, o := range w.boxes {
		require.NoError(t, o.Start(t.Context()))
		t.Cleanup(o.Stop)
	}
}

// stop ends relays and handlers, in a node's order.
func (w *world) stop() {
	for _, o := range w.boxes {
		o.Stop()
	}
	if w.intake != nil {
		w.intake.Stop()
		w.intake = nil
	}
}

// sell announces sales, each batch in one transaction.
func (w *world) sell(t *testing.T, topic contract.Topic[sale], sales ...sale) {
	t.Helper()
	require.NoError(t, w.shop.Update(t.Context(), func(ctx context.Context) error {
		for _, s := range sales {
			if err := w.boxes[0].Announce(ctx, topic.Fact(s)); err != nil {
				return err
			}
		}
		return nil
	}))
}

// sellMany announces versions 1 to versions of each of keys, from several goroutines, alternating topics.
func (w *world) sellMany(t *testing.T, keys, versions int) {
	t.Helper()
	const sellers = 16
	var wg sync.WaitGroup
	for seller := range sellers {
		wg.Go(func() {
			for v := int64(1); v <= int64(versions); v++ {
				for k := seller; k < keys; k += sellers {
					topic := sold
					if v%2 == 0 {
						topic = repaid
					}
					err := w.shop.Update(t.Context(), func(ctx context.Context) error {
						return w.boxes[0].Announce(ctx, topic.Fact(sale{Key: key(k), Version: v}))
					})
					if err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

func key(k int) string { return fmt.Sprintf("key-%04d", k) }

// settled waits until nothing of shop is open.
func (w *world) settled(t *testing.T, within time.Duration) {
	t.Helper()
	require.Eventually(t, func() bool {
		open, err := w.shop.Open(t.Context(), 0, 1)
		require.NoError(t, err)
		return len(open) == 0
	}, within, 5*time.Millisecond, "events wait for ever")
}

// tester is a *testing.T or a *rapid.T.
type tester interface {
	require.TestingT
	Helper()
	Context() context.Context
}

// postings returns till's ledger in the order it was written: whose cause, key and version.
func (w *world) postings(t tester) []events.Event {
	t.Helper()
	var all []events.Event
	for after := "0"; ; {
		page, err := w.till.Tail(t.Context(), after, 1000)
		require.NoError(t, err)
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
		after = page[len(page)-1].ID
	}
}

// sales returns shop's log.
func (w *world) sales(t tester) []events.Event {
	t.Helper()
	shop := world{till: w.shop}
	return shop.postings(t)
}

// exact requires every sale in the log to be posted exactly once, and nothing else to be.
func (w *world) exact(t *testing.T) {
	t.Helper()
	times := make(map[string]int)
	for _, p := range w.postings(t) {
		times[p.Cause]++
	}
	for _, s := range w.sales(t) {
		require.Equal(t, 1, times[s.ID], "postings of %s version %d", s.Key, s.Version)
		delete(times, s.ID)
	}
	require.Empty(t, times, "postings of sales that were never committed")
}

// ordered requires each key's postings to be in the order of its versions.
func (w *world) ordered(t *testing.T) {
	t.Helper()
	last := make(map[string]int64)
	for _, p := range w.postings(t) {
		require.Greater(t, p.Version, last[p.Key], "%s is out of order", p.Key)
		last[p.Key] = p.Version
	}
}

// tellLag prints how long sales took to be posted. It is read by people: a test that watched the clock would fail on a
// busy machine.
func (w *world) tellLag(t *testing.T) {
	t.Helper()
	sold := make(map[string]time.Time)
	for _, s := range w.sales(t) {
		sold[s.ID] = s.Time
	}
	var lags []time.Duration
	for _, p := range w.postings(t) {
		lags = append(lags, p.Time.Sub(sold[p.Cause]))
	}
	slices.Sort(lags)
	if n := len(lags); n > 0 {
		t.Logf("lag of %d events: p50 %s, p99 %s, longest %s", n, lags[n/2], lags[n*99/100], lags[n-1])
	}
}
