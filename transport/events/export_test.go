package events

import (
	"context"

	"github.com/ThreeDotsLabs/watermill/message"
	"go.opentelemetry.io/otel/trace"
)

// ToMessage and the three that follow are the forms in which events travel.
func ToMessage(e *Event, replay string) *message.Message { return toMessage(e, replay) }

func FromMessage(m *message.Message) (*Event, string, error) { return fromMessage(m) }

func Traceparent(s trace.SpanContext) string { return traceparent(s) }

func WithTrace(ctx context.Context, parent string) context.Context { return withTrace(ctx, parent) }

// Refusal is what a subscriber's side says that counts as an attempt.
func Refusal(reason string) error { return &RefusedError{verdict: refused, reason: reason} }

// SetLanesLimit sets how many deliveries of each subscriber o keeps in memory. It must be called before Start.
func SetLanesLimit(o *Outbox, n int) {
	for _, l := range o.lines {
		l.lanes.limit = n
	}
}

// The limits that tests go by.
const (
	BatchSize = batchSize
	FillBatch = fillBatch
	MarkBatch = markBatch
	MarkEvery = markEvery
	MarkRest  = markRest
	MaxMarks  = maxMarks
	MaxReason = maxReason
	PollEvery = pollEvery
	Slots     = slots
	TidyEvery = tidyEvery
	TidyBatch = tidyBatch
)
