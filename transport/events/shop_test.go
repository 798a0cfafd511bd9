package events_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"holon/transport/contract"
	"holon/transport/events"
)

// sale is what the module shop announces, on two topics, and what the module till does about it: post it, which is an
// event again.
type sale struct {
	Key     string `json:"key"`
	Version int64  `json:"version"`
	Note    string `json:"note,omitempty"`
}

var (
	sold   = topicOf("shop.sold")
	repaid = topicOf("shop.repaid")
	posted = topicOf("till.posted")

	ledger = contract.Subscriber{Name: "till.ledger", Topics: []contract.AnyTopic{sold, repaid}, Replayable: true}
	mirror = contract.Subscriber{Name: "archive.mirror", Topics: []contract.AnyTopic{posted}}
)

func topicOf(name string) contract.Topic[sale] {
	return contract.Topic[sale]{Name: name, Schema: 3,
		Key: func(s sale) string { return s.Key }, Version: func(s sale) int64 { return s.Version }}
}

// house is shop with its outbox and till with its intake. Tests change the parameters before they build.
type house struct {
	shop, till *module
	local      *events.Local
	logs       *lines
	registry   *prometheus.Registry
	metrics    *events.Metrics
	settings   events.Settings
	inbox      func(events.Inbox) events.Inbox // wraps till's; nil for none
	// log is shop's, publisher the way to till; subscribers are those that shop knows.
	log         events.Log
	publisher   message.Publisher
	subscribers []contract.Subscriber
	free        func() (int64, error)
	clock       *events.Clock
	tracer      trace.TracerProvider
	// patience is how long till waits for handlers when it stops, zero for as long as ever.
	patience time.Duration
	// handle is what till does about a sale; post by itself.
	handle func(ctx context.Context, s sale) error

	box, postbox *events.Outbox
	in           *events.Intake
}

// newHouse opens the stores; nothing is built.
func newHouse(t *testing.T) *house {
	t.Helper()
	dir := t.TempDir()
	h := &house{
		shop: openModule(t, dir, "shop"), till: openModule(t, dir, "till"), local: events.NewLocal(), logs: &lines{},
		registry: prometheus.NewPedanticRegistry(), settings: events.DefaultSettings(),
		subscribers: []contract.Subscriber{ledger, mirror}, free: func() (int64, error) { return 1 << 40, nil },
	}
	t.Cleanup(func() { require.NoError(t, h.local.Close()) })
	h.log, h.publisher, h.handle = h.shop, h.local, h.post
	h.settings.Retry = []time.Duration{time.Second, 10 * time.Second}
	var err error
	h.metrics, err = events.NewMetrics(h.registry)
	require.NoError(t, err)
	return h
}

// build makes the outboxes and the intake.
func (h *house) build(t *testing.T) {
	t.Helper()
	var err error
	h.box, err = events.NewOutbox(h.outboxParams())
	require.NoError(t, err)
	p := h.outboxParams()
	p.Module, p.Topics, p.Store = "till", []contract.AnyTopic{posted}, h.till
	h.postbox, err = events.NewOutbox(p)
	require.NoError(t, err)
	h.in, err = events.NewIntake(h.intakeParams())
	require.NoError(t, err)
}

func (h *house) outboxParams() events.OutboxParams {
	return events.OutboxParams{
		Module: "shop", Topics: []contract.AnyTopic{sold, repaid}, Subscribers: h.subscribers, Store: h.log,
		Publisher: h.publisher, Settings: h.settings, Free: h.free, Log: slog.New(h.logs), Metrics: h.metrics,
		Clock: h.clock,
	}
}

func (h *house) intakeParams() events.IntakeParams {
	handle := func(ctx context.Context, s sale) error { return h.handle(ctx, s) }
	var inbox events.Inbox = h.till
	if h.inbox != nil {
		inbox = h.inbox(inbox)
	}
	return events.IntakeParams{
		Module: "till", Declared: []contract.Subscriber{ledger},
		Subscriptions: []events.Subscription{events.Subscribe(ledger, events.On(sold, handle), events.On(repaid, handle))},
		Inbox:         inbox, Source: h.local, Settings: h.settings, Log: slog.New(h.logs), Metrics: h.metrics,
		Clock: h.clock, Tracer: h.tracer,
	}
}

// post is till's handler.
func (h *house) post(ctx context.Context, s sale) error {
	return h.postbox.Announce(ctx, posted.Fact(s))
}

// subscribe starts the intake.
func (h *house) subscribe(t *testing.T) {
	t.Helper()
	require.NoError(t, h.in.Start(t.Context()))
	t.Cleanup(h.in.Stop)
}

// relay starts shop's outbox.
func (h *house) relay(t *testing.T) {
	t.Helper()
	require.NoError(t, h.box.Start(t.Context()))
	t.Cleanup(h.box.Stop)
}

// run builds and starts intake and relay.
func (h *house) run(t *testing.T) {
	t.Helper()
	h.build(t)
	h.subscribe(t)
	h.relay(t)
}

// sell announces sales in one transaction.
func (h *house) sell(t *testing.T, sales ...sale) {
	t.Helper()
	require.NoError(t, h.announce(t.Context(), sold, sales...))
}

func (h *house) announce(ctx context.Context, topic contract.Topic[sale], sales ...sale) error {
	return h.shop.Update(ctx, func(ctx context.Context) error {
		for _, s := range sales {
			if err := h.box.Announce(ctx, topic.Fact(s)); err != nil {
				return err
			}
		}
		return nil
	})
}

// postings returns till's ledger in the order it was written.
func (h *house) postings(t *testing.T) []events.Event {
	t.Helper()
	all, err := h.till.Tail(t.Context(), "0", 1<<20)
	require.NoError(t, err)
	return all
}

// sales returns shop's log.
func (h *house) sales(t *testing.T) []events.Event {
	t.Helper()
	all, err := h.shop.Tail(t.Context(), "0", 1<<20)
	require.NoError(t, err)
	return all
}

// entries lists shop's deliveries in a state.
func (h *house) entries(t *testing.T, state events.State) []events.Entry {
	t.Helper()
	entries, err := h.shop.List(t.Context(), events.Filter{State: state})
	require.NoError(t, err)
	return entries
}

// bubble runs a test on a clock of its own, which moves when nobody has anything to do.
func bubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, test)
}

// pass lets time go by, and waits until all that it brings is done.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// markTime is how long it takes at most until what was delivered is marked.
const markTime = 50 * time.Millisecond
