package events_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"go.opentelemetry.io/otel/trace"
)

// lines is a log in memory.
type lines struct {
	mu  sync.Mutex
	all []line
}

// line is one of its lines, with the trace that the context brought.
type line struct {
	level slog.Level
	msg   string
	attrs map[string]any
	trace string
}

func (l *lines) Enabled(context.Context, slog.Level) bool { return true }

func (l *lines) Handle(ctx context.Context, r slog.Record) error {
	attrs := make(map[string]any, r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		attrs[a.Key] = a.Value.Any()
		return true
	})
	entry := line{level: r.Level, msg: r.Message, attrs: attrs}
	if s := trace.SpanContextFromContext(ctx); s.IsValid() {
		entry.trace = s.TraceID().String()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, entry)
	return nil
}

func (l *lines) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l *lines) WithGroup(string) slog.Handler      { return l }

// of returns the lines with a message.
func (l *lines) of(msg string) []line {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(l.all), func(entry line) bool { return entry.msg != msg })
}
