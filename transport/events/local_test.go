package events_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"holon/transport/events"
)

// batch makes messages of one context.
func batch(ctx context.Context, n int) []*message.Message {
	out := make([]*message.Message, n)
	for i := range out {
		out[i] = message.NewMessage("m", nil)
		out[i].SetContext(ctx)
	}
	return out
}

// TestLocalClose ends subscriptions; what was taken before may still be answered, and the rest has met nobody.
func TestLocalClose(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := events.NewLocal()
		in, err := l.Subscribe(t.Context(), "till.ledger")
		require.NoError(t, err)
		published := make(chan error, 1)
		go func() { published <- l.Publish("till.ledger", batch(t.Context(), 3)...) }()
		first := <-in
		require.NoError(t, l.Close())
		_, more := <-in
		require.False(t, more)
		first.Ack()
		partial, ok := errors.AsType[*events.PartialError](<-published)
		require.True(t, ok)
		require.NoError(t, partial.Errs[0])
		require.ErrorIs(t, partial.Errs[1], events.ErrNobody)
		require.ErrorIs(t, partial.Errs[2], events.ErrNobody)
		require.ErrorIs(t, l.Publish("till.ledger", batch(t.Context(), 1)...), events.ErrNobody)
		_, err = l.Subscribe(t.Context(), "till.ledger")
		require.ErrorContains(t, err, "closed")
		require.NoError(t, l.Close())
	})
}

// TestLocalSubscriberThatDoesNotCome for its messages is nobody, once their time is over.
func TestLocalSubscriberThatDoesNotCome(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := events.NewLocal()
		defer l.Close()
		_, err := l.Subscribe(t.Context(), "till.ledger")
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, l.Publish("till.ledger", batch(ctx, 2)...), events.ErrNobody)
	})
}

// TestLocalKeepsEachAnswer apart, also where one does not come.
func TestLocalKeepsEachAnswer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		l := events.NewLocal()
		defer l.Close()
		in, err := l.Subscribe(t.Context(), "till.ledger")
		require.NoError(t, err)
		go func() {
			(<-in).Ack()
			(<-in).Nack()
			<-in
		}()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err = l.Publish("till.ledger", batch(ctx, 3)...)
		partial, ok := errors.AsType[*events.PartialError](err)
		require.True(t, ok)
		require.NoError(t, partial.Errs[0])
		_, refused := errors.AsType[*events.RefusedError](partial.Errs[1])
		require.True(t, refused)
		require.EqualError(t, partial.Errs[2], "publish to till.ledger: the subscriber gave no answer in time")
		require.EqualError(t, err, "2 of 3 messages were not acknowledged: ")
	})
}
