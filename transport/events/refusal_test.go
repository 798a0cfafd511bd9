package events_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/events"
	"holon/transport/status"
)

// older has a till of an earlier release: it knows sales in another shape, and nothing of repayments.
func (h *house) older(t *testing.T) {
	t.Helper()
	type sale struct {
		Version string `json:"version"`
	}
	topic := contract.Topic[sale]{Name: "shop.sold", Schema: 3}
	s := contract.Subscriber{Name: ledger.Name, Topics: []contract.AnyTopic{topic}}
	h.build(t)
	p := h.intakeParams()
	p.Declared = []contract.Subscriber{s}
	p.Subscriptions = []events.Subscription{events.Subscribe(s, events.On(topic, func(context.Context, sale) error { return nil }))}
	var err error
	h.in, err = events.NewIntake(p)
	require.NoError(t, err)
	h.subscribe(t)
	h.relay(t)
}

// TestHopeless has what no repetition will change parked at once.
func TestHopeless(t *testing.T) {
	for name, row := range map[string]struct {
		topic contract.Topic[sale]
		spoil func(*message.Message)
		want  string
	}{
		"a payload in another shape": {sold, nil, "decode shop.sold: json: cannot unmarshal number"},
		"an unknown topic":           {repaid, nil, "subscriber till.ledger does not know topic shop.repaid"},
		"a payload that is no JSON":  {sold, func(m *message.Message) { m.Payload = []byte("{") }, "unexpected end of JSON input"},
		"an unknown envelope": {
			sold, func(m *message.Message) { m.Metadata["specversion"] = "2.0" }, `specversion is "2.0", not 1.0`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				h := newHouse(t)
				h.publisher = way(func(topic string, messages ...*message.Message) error {
					for _, m := range messages {
						if row.spoil != nil {
							row.spoil(m)
						}
					}
					return h.local.Publish(topic, messages...)
				})
				h.older(t)
				require.NoError(t, h.announce(t.Context(), row.topic, sale{Key: "a", Version: 1}))
				pass(markTime)
				parked := h.entries(t, events.Parked)
				require.Len(t, parked, 1)
				require.Equal(t, 1, parked[0].Attempts)
				require.Contains(t, parked[0].Reason, "trying again is of no use")
				require.Contains(t, parked[0].Reason, row.want)
			})
		})
	}
}

// TestUnknownFieldsAreIgnored: whoever announces may be a release ahead.
func TestUnknownFieldsAreIgnored(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.run(t)
		fact := sold.Fact(sale{Key: "a", Version: 1})
		fact.Event = map[string]any{"key": "a", "version": 1, "colour": "red"}
		require.NoError(t, h.shop.Update(t.Context(), func(ctx context.Context) error { return h.box.Announce(ctx, fact) }))
		pass(markTime)
		require.Len(t, h.postings(t), 1)
	})
}

// TestPanic counts as a refusal. The stack is in the log of the subscriber's node and goes no further.
func TestPanic(t *testing.T) {
	for name, handler := range map[string]func(func(context.Context, sale) error) events.Handler{
		"in the handler": func(fn func(context.Context, sale) error) events.Handler { return events.On(sold, fn) },
		"in its preparation": func(fn func(context.Context, sale) error) events.Handler {
			return events.OnPrepared(sold, fn, ignore)
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				h := newHouse(t)
				h.only(t, handler(func(context.Context, sale) error { panic("no paper") }))
				h.sell(t, sale{Key: "a", Version: 1})
				pass(markTime)
				entry := h.entries(t, events.Retrying)[0]
				require.Equal(t, 1, entry.Attempts)
				require.Contains(t, entry.Reason, "no paper")
				require.NotContains(t, entry.Reason, "goroutine")
				require.NotContains(t, entry.Reason, ".go:")
				told := h.logs.of("event refused")
				require.ErrorContains(t, told[0].attrs["err"].(error), "refusal_test.go:")
				require.Empty(t, h.postings(t))
			})
		})
	}
}

// only runs a till that has but one handler, of sales.
func (h *house) only(t *testing.T, handler events.Handler) {
	t.Helper()
	h.build(t)
	s := contract.Subscriber{Name: ledger.Name, Topics: []contract.AnyTopic{sold}}
	p := h.intakeParams()
	p.Declared, p.Subscriptions = []contract.Subscriber{s}, []events.Subscription{events.Subscribe(s, handler)}
	var err error
	h.in, err = events.NewIntake(p)
	require.NoError(t, err)
	if h.patience > 0 {
		events.SetPatience(h.in, h.patience)
	}
	h.subscribe(t)
	h.relay(t)
}

// TestHandlerTimeout has a preparation that takes for ever.
func TestHandlerTimeout(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.settings.Timeout = 3 * time.Second
		h.only(t, events.OnPrepared(sold, func(ctx context.Context, _ sale) error {
			<-ctx.Done()
			return ctx.Err()
		}, ignore))
		h.sell(t, sale{Key: "a", Version: 1})
		pass(3*time.Second - time.Millisecond)
		require.Empty(t, h.entries(t, events.Retrying))
		pass(markTime)
		entry := h.entries(t, events.Retrying)[0]
		require.Equal(t, 1, entry.Attempts)
		require.Equal(t, "prepare: context deadline exceeded", entry.Reason)
	})
}

// TestNoAnswer has a handler that does not heed its time: the relay gives it up, which counts, and its effect happens
// once all the same.
func TestNoAnswer(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.settings.Timeout = 3 * time.Second
		let := make(chan struct{})
		h.handle = func(ctx context.Context, s sale) error {
			<-let
			return h.post(ctx, s)
		}
		h.run(t)
		h.sell(t, sale{Key: "a", Version: 1})
		pass(8*time.Second + markTime) // five seconds of grace
		entry := h.entries(t, events.Retrying)[0]
		require.Equal(t, 1, entry.Attempts)
		require.Contains(t, entry.Reason, "the subscriber gave no answer in time")
		close(let)
		pass(time.Minute)
		require.Len(t, h.postings(t), 1)
		require.Empty(t, h.entries(t, events.Retrying))
	})
}

// TestForeignHandler refuses as any watermill handler does, without a word.
func TestForeignHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.build(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		messages, err := h.local.Subscribe(ctx, ledger.Name)
		require.NoError(t, err)
		go func() {
			for m := range messages {
				m.Nack()
			}
		}()
		h.relay(t)
		h.sell(t, sale{Key: "a", Version: 1})
		pass(markTime)
		entry := h.entries(t, events.Retrying)[0]
		require.Equal(t, 1, entry.Attempts)
		require.Empty(t, entry.Reason)
	})
}

// TestReasonIsShort: a line of text, not a book, also where a letter has several bytes.
func TestReasonIsShort(t *testing.T) {
	for _, text := range []string{strings.Repeat("ü", 1000), "x" + strings.Repeat("ü", 1000), "\xff\xfe" + strings.Repeat("x", 2000)} {
		t.Run(fmt.Sprintf("%.2q", text), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				h := newHouse(t)
				h.handle = func(context.Context, sale) error { return errors.New(text) }
				h.run(t)
				h.sell(t, sale{Key: "a", Version: 1})
				pass(markTime)
				reason := h.entries(t, events.Retrying)[0].Reason
				require.LessOrEqual(t, len(reason), events.MaxReason)
				require.GreaterOrEqual(t, len(reason), events.MaxReason-2)
				require.True(t, utf8.ValidString(reason))
			})
		})
	}
}

// TestBusinessErrorIsARefusal like any other.
func TestBusinessErrorIsARefusal(t *testing.T) {
	bubble(t, func(t *testing.T) {
		h := newHouse(t)
		h.handle = func(context.Context, sale) error {
			return status.New(status.Conflict, "closed", "the books are closed")
		}
		h.run(t)
		h.sell(t, sale{Key: "a", Version: 1})
		pass(markTime)
		require.Equal(t, "closed: the books are closed", h.entries(t, events.Retrying)[0].Reason)
	})
}
