package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"holon/transport/contract"
	"holon/transport/status"
)

// handling is one subscriber at work.
type handling struct {
	intake     *Intake
	subscriber contract.Subscriber
	byTopic    map[string]Handler
	took       prometheus.Observer
	tracer     trace.Tracer // nil for none
}

func newHandling(in *Intake, s Subscription, declared contract.Subscriber) (*handling, error) {
	h := &handling{intake: in, subscriber: declared, byTopic: make(map[string]Handler, len(s.handlers)),
		took: in.params.Metrics.handling.WithLabelValues(s.Name)}
	if in.params.Tracer != nil {
		h.tracer = in.params.Tracer.Tracer(tracerName)
	}
	var errs []error
	for _, handler := range s.handlers {
		if _, twice := h.byTopic[handler.topic.Name]; twice {
			errs = append(errs, fmt.Errorf("subscriber %q handles %q twice", s.Name, handler.topic.Name))
		}
		if !slices.ContainsFunc(declared.Topics, func(t contract.AnyTopic) bool { return t.Info().Name == handler.topic.Name }) {
			errs = append(errs, fmt.Errorf("subscriber %q handles %q and does not declare that it listens to it", s.Name, handler.topic.Name))
		}
		h.byTopic[handler.topic.Name] = handler
	}
	for _, t := range declared.Topics {
		info := t.Info()
		handler, ok := h.byTopic[info.Name]
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("subscriber %q listens to %q and has no handler for it (events.On)", s.Name, info.Name))
		case handler.topic != info:
			errs = append(errs, fmt.Errorf("subscriber %q listens to %q and handles another shape of it", s.Name, info.Name))
		}
	}
	return h, errors.Join(errs...)
}

// handle runs for every message. The error is for the router, which says no more than that there was one; why travels
// on the message.
func (h *handling) handle(m *message.Message) error {
	started := time.Now()
	ctx, cancel := context.WithTimeout(m.Context(), h.intake.params.Settings.Timeout)
	defer cancel()
	e, replay, err := fromMessage(m)
	if err != nil {
		err = fmt.Errorf("%w: %w", errHopeless, err)
		h.intake.params.Log.ErrorContext(ctx, "event not understood", "subscriber", h.subscriber.Name, "err", err)
		refuse(m, err)
		return err
	}
	ctx, span := h.startSpan(withTrace(ctx, e.Trace), e)
	ctx = contract.WithCause(ctx, e.ID)
	ran, err := h.once(ctx, e, replay)
	endSpan(span, ran, err)
	took := time.Since(started)
	h.took.Observe(took.Seconds())
	if err != nil {
		level := slog.LevelWarn
		if judge(err) == notNow {
			level = slog.LevelDebug // it comes again and again, and the backlog's age tells
		}
		h.intake.params.Log.Log(ctx, level, "event refused", append(h.attrs(e), "took", took, "err", err)...)
		refuse(m, err)
		return err
	}
	if log := h.intake.params.Log; log.Enabled(ctx, levelHandled) {
		log.Log(ctx, levelHandled, "event handled", append(h.attrs(e), "again", !ran, "took", took)...)
	}
	return nil
}

// attrs are what the log lines of a handler say of the event; the trace comes with the context.
func (h *handling) attrs(e *Event) []any {
	out := []any{"subscriber", h.subscriber.Name, "topic", e.Topic, "event", e.ID, "key", e.Key, "version", e.Version}
	if e.Cause != "" {
		out = append(out, "cause", e.Cause)
	}
	return out
}

// once runs the handler in one transaction with the receipt. A handler's panic is its own refusal.
func (h *handling) once(ctx context.Context, e *Event, replay string) (ran bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = status.Wrap(fmt.Errorf("panic: %v\n%s", r, debug.Stack()))
		}
	}()
	handler, ok := h.byTopic[e.Topic]
	if !ok {
		return false, fmt.Errorf("%w: subscriber %s does not know topic %s", errHopeless, h.subscriber.Name, e.Topic)
	}
	if handler.prepare != nil {
		if err := handler.prepare(ctx, e); err != nil {
			return false, fmt.Errorf("prepare: %w", err)
		}
	}
	return h.intake.applier.once(ctx, Receipt{Subscriber: h.subscriber.Name, Event: e.ID, Replay: replay},
		func(ctx context.Context) error { return handler.handle(ctx, e) })
}
