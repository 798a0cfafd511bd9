package events_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"holon/transport/events"
	"holon/transport/status"
)

// road carries batches to another process, which is this one.
type road struct {
	there *events.Local

	mu sync.Mutex
	// blocked is why nothing is carried; lost loses the answer.
	blocked error
	lost    bool
	sizes   []int
	// patient has the answer lost as the wire does when the caller's time is over.
	patient bool
}

// set changes the road.
func (r *road) set(blocked error, lost bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.blocked, r.lost = blocked, lost
}

// carried is how large the batches were.
func (r *road) carried() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.sizes)
}

func (r *road) Carry(ctx context.Context, subscriber string, batch []byte, take func([]byte) error) error {
	r.mu.Lock()
	r.sizes = append(r.sizes, len(batch))
	blocked, lost := r.blocked, r.lost
	r.mu.Unlock()
	if blocked != nil {
		return blocked
	}
	var reply bytes.Buffer
	if err := r.there.Receive(ctx, subscriber, batch, &reply); err != nil {
		return err
	}
	if r.patient && ctx.Err() != nil {
		return ctx.Err()
	}
	if lost {
		return errors.New("the answer was lost")
	}
	return take(reply.Bytes())
}

// apart has the house's subscriber on another node than its publisher.
func (h *house) apart() *road {
	r := &road{there: h.local}
	h.publisher = events.NewDirect(events.NewLocal(), r)
	return r
}

func TestEventsOverTheRoad(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		r := h.apart()
		h.run(t)
		h.sellEach(t, 20, 1, 3)
		pass(time.Second)
		h.requireOrder(t, 60)
		require.NotEmpty(t, r.carried())
	})
}

// TestRoadIsBlocked counts no attempt, and goes on when somebody sees that it is free.
func TestRoadIsBlocked(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		r := h.apart()
		r.set(status.New(status.Unavailable, "", "no node"), false)
		h.build(t)
		office := events.NewOffice([]*events.Outbox{h.box}, h.subscribers)
		h.subscribe(t)
		h.relay(t)
		h.sell(t, sale{Key: "a", Version: 1})
		pass(5 * time.Minute)
		for _, e := range h.entries(t, events.Waiting) {
			require.Zero(t, e.Attempts)
		}
		require.Less(t, len(r.carried()), 60)
		r.set(nil, false)
		office.Wake("other")
		pass(time.Millisecond)
		require.Empty(t, h.postings(t))
		office.Wake("till")
		pass(markTime)
		h.requireOrder(t, 1)
	})
}

// TestAnswerIsLost on the way: the batch comes again, and has its effect once.
func TestAnswerIsLost(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		r := h.apart()
		r.set(nil, true)
		h.run(t)
		h.sell(t, sale{Key: "a", Version: 1})
		pass(time.Second)
		r.set(nil, false)
		pass(time.Minute)
		h.requireOrder(t, 1)
	})
}

// TestHangingHandlerElsewhere counts as refused, and keeps no other key: the answers come before nobody waits for them.
func TestHangingHandlerElsewhere(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.apart().patient = true
		h.settings.Retry = nil
		over := make(chan struct{})
		defer close(over)
		prepare := func(_ context.Context, s sale) error {
			if s.Key == "key-1" {
				<-over
			}
			return nil
		}
		h.only(t, events.OnPrepared(sold, prepare, h.post))
		h.sellEach(t, 5, 1, 1)
		pass(10 * time.Minute)
		h.requireOrder(t, 4)
		require.Len(t, h.entries(t, events.Parked), 1)
	})
}

// TestVerdictsComeBack: each message has its own.
func TestVerdictsComeBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.apart()
		h.handle = func(ctx context.Context, s sale) error {
			switch s.Key {
			case "key-1":
				return status.New(status.Invalid, "", "never")
			case "key-2":
				return errNoRoom
			}
			return h.post(ctx, s)
		}
		h.build(t)
		h.sellEach(t, 5, 1, 1)
		h.subscribe(t)
		h.relay(t)
		pass(500 * time.Millisecond)
		h.requireOrder(t, 3)
		retrying := h.entries(t, events.Retrying)
		require.Len(t, retrying, 1)
		require.Equal(t, "key-1", retrying[0].Event.Key)
		require.Contains(t, retrying[0].Reason, "never")
		require.Len(t, h.entries(t, events.Waiting), 1, "which is not refused")
	})
}

// TestLargeBatchesAreSplit, as the road takes only so much at a time.
func TestLargeBatchesAreSplit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		there := events.NewLocal()
		r := &road{there: there}
		d := events.NewDirect(events.NewLocal(), r)
		in, err := there.Subscribe(t.Context(), "till.ledger")
		require.NoError(t, err)
		go func() {
			for m := range in {
				m.Ack()
			}
		}()
		var messages []*message.Message
		for range 20 {
			messages = append(messages, message.NewMessage("id", make([]byte, 256<<10)))
		}
		require.NoError(t, d.Publish("till.ledger", messages...))
		require.Len(t, r.carried(), 5)
		for _, n := range r.carried() {
			require.Less(t, n, 3<<20)
		}
		require.NoError(t, there.Close())
	})
}

func TestBatchesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	local := events.NewLocal()
	var reply bytes.Buffer
	for _, batch := range [][]byte{nil, {0xff}, []byte("{}")} {
		require.Equal(t, status.Malformed, status.CodeOf(local.Receive(t.Context(), "till.ledger", batch, &reply)))
	}
	require.ErrorIs(t, local.Receive(t.Context(), "till.ledger", []byte{0x81, 0x83, 0x60, 0xa0, 0x40}, &reply), events.ErrNobody)
	require.Zero(t, reply.Len())
}
