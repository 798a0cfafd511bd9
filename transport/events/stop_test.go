package events_test

import (
	"errors"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"holon/transport/events"
)

// TestStop waits for the answers that are due, writes them down, and hands nothing more over.
func TestStop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h, d := guarded(t)
		h.sell(t, sale{Key: "held", Version: 1}, sale{Key: "free", Version: 1})
		<-d.arrived
		h.sell(t, sale{Key: "held", Version: 2})
		stopped := make(chan struct{})
		go func() {
			h.box.Stop()
			close(stopped)
		}()
		pass(time.Second)
		requireOpen(t, stopped)
		d.answer <- nil
		<-stopped
		require.Equal(t, 1, h.open(t), "the marks are written")
		h.requireOrder(t, 2)
		h.sell(t, sale{Key: "late", Version: 1})
		pass(time.Minute)
		require.Empty(t, d.arrived)
		require.Equal(t, 2, h.open(t))
		h.box.Stop() // twice does nothing
	})
}

// TestStopWithMoreToHandOver leaves it to the next process.
func TestStopWithMoreToHandOver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		release := make(chan struct{})
		h.publisher = way(func(topic string, messages ...*message.Message) error {
			<-release
			return h.local.Publish(topic, messages...)
		})
		h.run(t)
		const keys = (events.Slots + 2) * events.BatchSize
		h.sellEach(t, keys, 1, 1)
		pass(time.Second)
		time.AfterFunc(time.Second, func() { close(release) })
		h.box.Stop()
		posted := len(h.postings(t))
		require.Positive(t, posted, "what was handed over is waited for")
		require.LessOrEqual(t, posted, events.Slots*events.BatchSize, "and no more is handed over")
		h.in.Stop()
		h.publisher = h.local
		h.run(t)
		pass(time.Second)
		h.requireOrder(t, keys)
		require.Zero(t, h.open(t))
	})
}

// TestStopOfTheIntake waits for the handlers that are at work. A router that closes holds locks while it waits, which
// no bubble can wait for.
func TestStopOfTheIntake(t *testing.T) {
	t.Parallel()
	h, d := guarded(t)
	h.sell(t, sale{Key: "held", Version: 1})
	<-d.arrived
	stopped := make(chan struct{})
	go func() {
		h.in.Stop()
		close(stopped)
	}()
	require.Eventually(t, func() bool { return errors.Is(h.local.Publish(ledger.Name), events.ErrNobody) },
		10*time.Second, time.Millisecond)
	requireOpen(t, stopped)
	d.answer <- nil
	<-stopped
	h.requireOrder(t, 1)
	h.sell(t, sale{Key: "late", Version: 1})
	h.box.Stop()
	h.requireOrder(t, 1)
	require.Equal(t, 1, h.open(t))
}

// TestHandlerThatDoesNotStop is told of, and left behind.
func TestHandlerThatDoesNotStop(t *testing.T) {
	t.Parallel()
	h, d := newHouse(t), newDoorman()
	h.patience = 100 * time.Millisecond
	h.only(t, events.OnPrepared(sold, d.ask, h.post))
	h.sell(t, sale{Key: "held", Version: 1})
	<-d.arrived
	h.in.Stop()
	require.Len(t, h.logs.of("handlers still at work when the intake closed"), 1)
	d.answer <- nil
	h.box.Stop()
	h.requireOrder(t, 1)
}

// requireOpen requires a channel not to be closed.
func requireOpen(t *testing.T, ch <-chan struct{}) {
	t.Helper()
	select {
	case <-ch:
		require.Fail(t, "it is over")
	default:
	}
}
