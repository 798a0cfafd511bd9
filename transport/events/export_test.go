package events

import (
	"context"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"go.opentelemetry.io/otel/trace"
)

// ToMessage and the three that follow are the forms in which events travel.
func ToMessage(e *Event, replay string) *message.Message { return toMessage(e, replay) }

func FromMessage(m *message.Message) (*Event, string, error) { return fromMessage(m) }

func Traceparent(s trace.SpanContext) string { return traceparent(s) }

func WithTrace(ctx context.Context, parent string) context.Context { return withTrace(ctx, parent) }

// SetLanesLimit sets how many deliveries of each subscriber o keeps in memory. It must be called before Start.
func SetLanesLimit(o *Outbox, n int) {
	for _, l := range o.lines {
		l.lanes.limit = n
	}
}

// SetPatience sets how long the intake waits for handlers when it stops. It must be called before Start.
func SetPatience(in *Intake, d time.Duration) { in.patience = d }

// NewClockOn returns a clock that reads its wall time and its uptime elsewhere.
func NewClockOn(log *slog.Logger, wall func() time.Time, uptime func() time.Duration) *Clock {
	c := NewClock(log)
	c.wall, c.trusted, c.uptime, c.up = wall, wall(), uptime, uptime()
	return c
}

// Uptime is how long this machine has been up.
func Uptime() time.Duration { return uptime() }

// OldBy returns the time by which things are old.
func OldBy(c *Clock) time.Time { return c.now() }

// The limits that tests go by.
const (
	BatchSize   = batchSize
	FillBatch   = fillBatch
	IdleLook    = idleLook
	MarkBatch   = markBatch
	MarkEvery   = markEvery
	MarkRest    = markRest
	MaxMarks    = maxMarks
	MaxReason   = maxReason
	MaxWhy      = maxWhy
	PollEvery   = pollEvery
	SilentAfter = silentAfter
	Slots       = slots
	TidyEvery   = tidyEvery
	TidyBatch   = tidyBatch
)
