package events

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/ThreeDotsLabs/watermill/message"
)

// Local hands messages over inside this process: a watermill Publisher and Subscriber. Unlike watermill's own GoChannel it
// never drops one: a Publish without a subscriber is an error, and one that returns nil was handled.
type Local struct {
	mu     sync.RWMutex
	queues map[string]*queue
	closed bool
}

// queue is a subscription to one topic.
type queue struct {
	messages chan *message.Message
	// over is closed when the subscription ends; sending guards messages against being closed under a sender.
	over    chan struct{}
	ends    sync.Once
	sending sync.RWMutex
}

// ErrNobody is in the chain of the error of a Publish to a topic that nobody here subscribes to.
var ErrNobody = errors.New("no subscriber in this process")

var (
	errClosed   = errors.New("closed")
	errNoAnswer = errors.New("the subscriber gave no answer in time")
)

// NewLocal returns a Pub/Sub without subscriptions.
func NewLocal() *Local { return &Local{queues: make(map[string]*queue)} }

// Publish hands messages to the topic's subscriber and returns when each is settled, or its context has ended.
func (l *Local) Publish(topic string, messages ...*message.Message) error {
	l.mu.RLock()
	q := l.queues[topic]
	l.mu.RUnlock()
	if q == nil {
		return fmt.Errorf("publish to %s: %w", topic, ErrNobody)
	}
	// Once a message is handed over, its context is the router's to change.
	ends := make([]<-chan struct{}, len(messages))
	for i, m := range messages {
		ends[i] = m.Context().Done()
	}
	sent := q.send(messages, ends)
	if sent == 0 && len(messages) > 0 {
		return fmt.Errorf("publish to %s: %w", topic, ErrNobody)
	}
	failed := sent < len(messages)
	errs := make([]error, len(messages))
	for i, m := range messages {
		switch {
		case i >= sent:
			errs[i] = fmt.Errorf("publish to %s: %w", topic, ErrNobody)
		default:
			errs[i] = settled(topic, m, ends[i])
			failed = failed || errs[i] != nil
		}
	}
	if failed {
		return &PartialError{Errs: errs}
	}
	return nil
}

// settled waits for the answer to a message until its context ends. An answer that is there counts, also after the end: one
// message that is never answered must not take its neighbours along.
func settled(topic string, m *message.Message, end <-chan struct{}) error {
	select {
	case <-m.Acked():
		return nil
	case <-m.Nacked():
		return refusal(m)
	case <-end:
	}
	select {
	case <-m.Acked():
		return nil
	case <-m.Nacked():
		return refusal(m)
	default:
		return fmt.Errorf("publish to %s: %w", topic, errNoAnswer)
	}
}

// send returns how many messages the subscriber took before it ended.
func (q *queue) send(messages []*message.Message, ends []<-chan struct{}) int {
	q.sending.RLock()
	defer q.sending.RUnlock()
	for i, m := range messages {
		select {
		case <-q.over:
			return i
		default:
		}
		select {
		case q.messages <- m:
		case <-q.over:
			return i
		case <-ends[i]:
			return i
		}
	}
	return len(messages)
}

// Subscribe returns the topic's messages until ctx ends or Close. A topic has one subscription at a time: a subscriber
// has one name, and a second one of that name would be somebody else's.
func (l *Local) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, fmt.Errorf("subscribe to %s: %w", topic, errClosed)
	case l.queues[topic] != nil:
		return nil, fmt.Errorf("subscribe to %s: it has a subscription already", topic)
	}
	q := &queue{messages: make(chan *message.Message), over: make(chan struct{})}
	l.queues[topic] = q
	context.AfterFunc(ctx, func() { l.end(topic, q) })
	return q.messages, nil
}

// end closes a subscription.
func (l *Local) end(topic string, q *queue) {
	l.mu.Lock()
	if l.queues[topic] == q {
		delete(l.queues, topic)
	}
	l.mu.Unlock()
	q.ends.Do(func() {
		close(q.over)
		q.sending.Lock()
		defer q.sending.Unlock()
		close(q.messages)
	})
}

// Close ends all subscriptions.
func (l *Local) Close() error {
	l.mu.Lock()
	l.closed = true
	queues := l.queues
	l.queues = make(map[string]*queue)
	l.mu.Unlock()
	for topic, q := range queues {
		l.end(topic, q)
	}
	return nil
}

var (
	_ message.Publisher  = (*Local)(nil)
	_ message.Subscriber = (*Local)(nil)
)
