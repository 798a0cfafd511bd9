package events_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/events"
)

func ignore(context.Context, sale) error { return nil }

// hidden is an event that would lose something on its way.
type hidden struct{ secret string } //nolint:unused // what it is refused for

func TestOutboxThatIsWiredWrong(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, row := range map[string]struct {
		topics      []contract.AnyTopic
		subscribers []contract.Subscriber
		want        string
	}{
		"another module's topic": {
			topics: []contract.AnyTopic{posted}, want: `module "shop" declares topic "till.posted" of "till"`,
		},
		"no schema": {
			topics: []contract.AnyTopic{contract.Topic[sale]{Name: "shop.sold"}}, want: `topic "shop.sold" has schema 0; the first is 1`,
		},
		"an event that is not plain": {
			topics: []contract.AnyTopic{contract.Topic[hidden]{Name: "shop.sold", Schema: 1}}, want: `shop.sold event.secret: unexported fields do not cross`,
		},
		"a topic twice": {
			topics: []contract.AnyTopic{sold, sold}, want: `module "shop" has topic "shop.sold" twice`,
		},
		"a subscriber to a topic that is not there": {
			topics:      []contract.AnyTopic{sold},
			subscribers: []contract.Subscriber{ledger},
			want:        `subscriber "till.ledger" listens to "shop.repaid", which module "shop" does not announce so`,
		},
		"a subscriber to another schema": {
			topics:      []contract.AnyTopic{sold},
			subscribers: []contract.Subscriber{{Name: "till.ledger", Topics: []contract.AnyTopic{contract.Topic[sale]{Name: "shop.sold", Schema: 2}}}},
			want:        `subscriber "till.ledger" listens to "shop.sold", which module "shop" does not announce so`,
		},
		"a subscriber to another type": {
			topics:      []contract.AnyTopic{sold},
			subscribers: []contract.Subscriber{{Name: "till.ledger", Topics: []contract.AnyTopic{contract.Topic[int]{Name: "shop.sold", Schema: 3}}}},
			want:        `subscriber "till.ledger" listens to "shop.sold", which module "shop" does not announce so`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := h.outboxParams()
			p.Topics, p.Subscribers = row.topics, row.subscribers
			_, err := events.NewOutbox(p)
			require.EqualError(t, err, row.want)
		})
	}
}

func TestIntakeThatIsWiredWrong(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	onSold, onRepaid := events.On(sold, ignore), events.On(repaid, ignore)
	good := events.Subscribe(ledger, onSold, onRepaid)
	declared := []contract.Subscriber{ledger}
	older := contract.Topic[sale]{Name: "shop.repaid", Schema: 2}
	for name, row := range map[string]struct {
		declared      []contract.Subscriber
		subscriptions []events.Subscription
		want          string
	}{
		"another module's subscriber": {
			declared: declared, subscriptions: []events.Subscription{good, events.Subscribe(mirror, events.On(posted, ignore))},
			want: `module "till" handles subscriber "archive.mirror", which is not its own`,
		},
		"not declared": {
			subscriptions: []events.Subscription{good}, want: `module "till" handles subscriber "till.ledger" and declares it nowhere`,
		},
		"handled twice": {
			declared: declared, subscriptions: []events.Subscription{good, good},
			want: `module "till" handles subscriber "till.ledger" twice`,
		},
		"not handled": {
			declared: declared, want: `module "till" declares subscriber "till.ledger" and handles it nowhere`,
		},
		"a topic twice": {
			declared: declared, subscriptions: []events.Subscription{events.Subscribe(ledger, onSold, onRepaid, onSold)},
			want: `subscriber "till.ledger" handles "shop.sold" twice`,
		},
		"a topic that is not handled": {
			declared: declared, subscriptions: []events.Subscription{events.Subscribe(ledger, onSold)},
			want: `subscriber "till.ledger" listens to "shop.repaid" and has no handler for it (events.On)`,
		},
		"a topic in another schema": {
			declared: declared, subscriptions: []events.Subscription{events.Subscribe(ledger, onSold, events.On(older, ignore))},
			want: `subscriber "till.ledger" listens to "shop.repaid" and handles another shape of it`,
		},
		"a topic too many": {
			declared: declared, subscriptions: []events.Subscription{events.Subscribe(ledger, onSold, onRepaid, events.On(posted, ignore))},
			want: `subscriber "till.ledger" handles "till.posted" and does not declare that it listens to it`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := h.intakeParams()
			p.Declared, p.Subscriptions = row.declared, row.subscriptions
			_, err := events.NewIntake(p)
			require.EqualError(t, err, row.want)
		})
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.build(t)
	require.Equal(t, "shop", h.box.Module())
	require.Equal(t, "till", h.in.Module())
	require.Equal(t, []events.State{events.Waiting, events.Retrying, events.Parked, events.Delivered}, events.States())
	h.in.Stop() // what was never started may be stopped
	h.box.Stop()
}

func TestIntakeThatCannotSubscribe(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.build(t)
	h.subscribe(t)
	second, err := events.NewIntake(h.intakeParams())
	require.NoError(t, err)
	require.ErrorContains(t, second.Start(t.Context()), "run the router of till: ")
	h.in.Stop()
	require.NoError(t, h.local.Close())
	third, err := events.NewIntake(h.intakeParams())
	require.NoError(t, err)
	require.ErrorContains(t, third.Start(t.Context()), "subscribe to till.ledger: closed")
}

func TestBacklogOfAGoneDisk(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.log = &faulty{Log: h.shop, backlog: func() error { return errors.New("the disk is gone") }}
	h.build(t)
	_, err := h.box.Backlog(t.Context())
	require.EqualError(t, err, "count the backlog of shop: the disk is gone")
}

func TestMetricsTwice(t *testing.T) {
	t.Parallel()
	r := prometheus.NewRegistry()
	_, err := events.NewMetrics(r)
	require.NoError(t, err)
	_, err = events.NewMetrics(r)
	require.Error(t, err)
}

// TestSubscriberOfAnotherRelease has deliveries wait for a subscriber that this binary does not have.
func TestSubscriberOfAnotherRelease(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.subscribers = append(h.subscribers, contract.Subscriber{Name: "gone.away", Topics: []contract.AnyTopic{sold}})
	h.build(t)
	h.sell(t, sale{Key: "a", Version: 1})
	h.subscribers = h.subscribers[:2]
	h.build(t)
	h.relay(t)
	gone := "deliveries wait for a subscriber that this binary does not have"
	require.Eventually(t, func() bool { return len(h.logs.of(gone)) == 1 }, 10*time.Second, time.Millisecond)
	told := h.logs.of(gone)
	require.Equal(t, "gone.away", told[0].attrs["subscriber"])
	require.EqualValues(t, 1, told[0].attrs["deliveries"])
	n, err := h.box.Drop(t.Context(), events.Filter{Subscriber: "gone.away"})
	require.NoError(t, err)
	require.Equal(t, 1, n)
}
