package events_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/events"
	"holon/transport/status"
)

func TestAnnounce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.build(t)
	h.sell(t, sale{Key: "a", Version: 7, Note: "first"})
	e := h.sales(t)[0]
	require.Equal(t, events.Event{
		ID: e.ID, Topic: "shop.sold", Key: "a", Version: 7, Schema: 3, Time: e.Time, Data: []byte(`{"key":"a","version":7,"note":"first"}`),
	}, e, "without a trace and a cause when there are none")
	require.Equal(t, "shop", e.Module())
	backlog, err := h.box.Backlog(t.Context())
	require.NoError(t, err)
	require.Equal(t, []events.Backlog{{Subscriber: "till.ledger", Open: 1, Oldest: e.Time}}, backlog)
}

func TestAnnounceOutsideATransaction(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.build(t)
	fact := sold.Fact(sale{Key: "a", Version: 1})
	require.ErrorContains(t, h.box.Announce(t.Context(), fact), "use the context that the write function was given")
	require.NoError(t, h.till.Update(t.Context(), func(ctx context.Context) error {
		require.ErrorContains(t, h.box.Announce(ctx, fact), "not inside a transaction of this database")
		return nil
	}))
	require.Empty(t, h.sales(t))
}

func TestAnnounceRefuses(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.build(t)
	for name, row := range map[string]struct {
		fact contract.Fact
		want string
	}{
		"another module's topic": {posted.Fact(sale{Key: "a"}), `announce "till.posted": module shop has no such topic`},
		"no key":                 {sold.Fact(sale{}), "announce shop.sold: the event has no key"},
		"too large": {
			sold.Fact(sale{Key: "a", Note: strings.Repeat("x", 256<<10)}),
			"announce shop.sold: the event is larger than 256 KiB: 262177 bytes",
		},
		"what JSON has no words for": {
			contract.Fact{Topic: "shop.sold", Schema: 3, Key: "a", Event: math.Inf(1)}, "encode shop.sold: json: unsupported value: +Inf",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := h.shop.Update(t.Context(), func(ctx context.Context) error { return h.box.Announce(ctx, row.fact) })
			require.EqualError(t, err, row.want)
			require.Equal(t, status.Internal, status.CodeOf(err), "a fault of ours")
		})
	}
}

func TestLargestEvent(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.build(t)
	const around = len(`{"key":"a","version":1,"note":""}`)
	h.sell(t, sale{Key: "a", Version: 1, Note: strings.Repeat("x", 256<<10-around)})
	require.Len(t, h.sales(t)[0].Data, 256<<10)
}

// TestUndone has the announcer's transaction fail after it announced, and nobody hears of it.
func TestUndone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.run(t)
	require.ErrorContains(t, h.announce(t.Context(), sold, sale{Key: "a", Version: 1}, sale{}), "has no key")
	require.Empty(t, h.sales(t))
	backlog, err := h.shop.Backlog(t.Context())
	require.NoError(t, err)
	require.Empty(t, backlog)
}
