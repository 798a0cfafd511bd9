package eventstest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"holon/transport/events"
)

// topic is where the tests of a Pub/Sub publish.
const topic = "till.ledger"

// Pubsub holds a backend against what the relay leans on.
func Pubsub(t *testing.T, s Setup) {
	t.Run("acknowledged is nil", s.acknowledged)
	t.Run("nobody subscribes", s.nobody)
	t.Run("each message has its outcome", s.outcomes)
	t.Run("the end of a subscription is no acknowledgement", s.ended)
	t.Run("an answer that does not come ends with the context", s.silent)
	t.Run("many publishers", s.many)
	t.Run("subscribing again", s.again)
}

func messages(ctx context.Context, n int) []*message.Message {
	out := make([]*message.Message, n)
	for i := range out {
		out[i] = message.NewMessage(fmt.Sprint(i), []byte(fmt.Sprintf(`{"n":%d}`, i)))
		out[i].Metadata.Set("subject", fmt.Sprint("key", i))
		out[i].SetContext(ctx)
	}
	return out
}

// serve answers messages until the test ends, in its own goroutine each, as a router does.
func serve(t *testing.T, sub message.Subscriber, answer func(*message.Message)) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	in, err := sub.Subscribe(ctx, topic)
	require.NoError(t, err)
	var running sync.WaitGroup
	running.Go(func() {
		for m := range in {
			running.Go(func() { answer(m) })
		}
	})
	stop = func() {
		cancel()
		running.Wait()
	}
	t.Cleanup(stop)
	return stop
}

func (s Setup) acknowledged(t *testing.T) {
	t.Parallel()
	pub, sub := s.Pubsub(t)
	var mu sync.Mutex
	got := make(map[string]string)
	serve(t, sub, func(m *message.Message) {
		mu.Lock()
		got[m.Metadata.Get("subject")] = string(m.Payload)
		mu.Unlock()
		m.Ack()
	})
	require.NoError(t, pub.Publish(topic, messages(t.Context(), 64)...))
	mu.Lock()
	defer mu.Unlock()
	require.Len(t, got, 64, "when Publish returns, all are handled")
	require.Equal(t, `{"n":7}`, got["key7"])
	require.NoError(t, pub.Publish(topic), "nothing is nothing")
}

func (s Setup) nobody(t *testing.T) {
	t.Parallel()
	pub, sub := s.Pubsub(t)
	err := pub.Publish(topic, messages(t.Context(), 2)...)
	if !s.Refuses {
		require.NoError(t, err)
		handled := make(chan struct{}, 2)
		serve(t, sub, func(m *message.Message) {
			m.Ack()
			handled <- struct{}{}
		})
		<-handled
		<-handled
		return
	}
	require.Error(t, err, "a publish that nobody heard must not look like one that was")
	serve(t, sub, func(m *message.Message) { m.Ack() })
	require.NoError(t, pub.Publish(topic, messages(t.Context(), 2)...))
	require.Error(t, pub.Publish("till.other", messages(t.Context(), 1)...), "another topic has no subscriber")
}

func (s Setup) outcomes(t *testing.T) {
	t.Parallel()
	if !s.Judges {
		return
	}
	pub, sub := s.Pubsub(t)
	serve(t, sub, func(m *message.Message) {
		if m.UUID == "1" || m.UUID == "3" {
			m.Nack()
			return
		}
		m.Ack()
	})
	err := pub.Publish(topic, messages(t.Context(), 5)...)
	partial, ok := errors.AsType[*events.PartialError](err)
	require.True(t, ok, "%v", err)
	require.Len(t, partial.Errs, 5)
	for i, err := range partial.Errs {
		require.Equal(t, i == 1 || i == 3, err != nil, "message %d: %v", i, err)
	}
	require.ErrorContains(t, err, "2 of 5")
}

func (s Setup) ended(t *testing.T) {
	t.Parallel()
	if !s.Refuses {
		return
	}
	pub, sub := s.Pubsub(t)
	ctx, cancel := context.WithCancel(t.Context())
	in, err := sub.Subscribe(ctx, topic)
	require.NoError(t, err)
	published := make(chan error, 1)
	patience, giveUp := context.WithCancel(t.Context())
	defer giveUp()
	go func() { published <- pub.Publish(topic, messages(patience, 3)...) }()
	first := <-in
	cancel()
	for range in { // what comes after the end is not answered
	}
	first.Ack()
	giveUp()
	require.Error(t, <-published)
}

func (s Setup) silent(t *testing.T) {
	t.Parallel()
	if !s.Judges {
		return
	}
	pub, sub := s.Pubsub(t)
	var got sync.WaitGroup
	got.Add(1)
	serve(t, sub, func(m *message.Message) {
		if m.UUID == "0" {
			m.Ack()
			return
		}
		got.Done() // and never an answer
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		got.Wait()
		cancel()
	}()
	require.Error(t, pub.Publish(topic, messages(ctx, 2)...))
}

func (s Setup) many(t *testing.T) {
	t.Parallel()
	pub, sub := s.Pubsub(t)
	var mu sync.Mutex
	seen := make(map[string]int)
	serve(t, sub, func(m *message.Message) {
		mu.Lock()
		seen[m.UUID]++
		mu.Unlock()
		m.Ack()
	})
	var publishers sync.WaitGroup
	for range 8 {
		publishers.Go(func() {
			for range 20 {
				if err := pub.Publish(topic, messages(t.Context(), 16)...); err != nil {
					t.Error(err)
				}
			}
		})
	}
	publishers.Wait()
	mu.Lock()
	defer mu.Unlock()
	for id, n := range seen {
		require.Equal(t, 8*20, n, "message %s", id)
	}
	require.Len(t, seen, 16)
}

func (s Setup) again(t *testing.T) {
	t.Parallel()
	pub, sub := s.Pubsub(t)
	stop := serve(t, sub, func(m *message.Message) { m.Ack() })
	require.NoError(t, pub.Publish(topic, messages(t.Context(), 1)...))
	stop()
	serve(t, sub, func(m *message.Message) { m.Ack() })
	require.Eventually(t, func() bool { return pub.Publish(topic, messages(t.Context(), 1)...) == nil }, 10*time.Second, time.Millisecond)
}
