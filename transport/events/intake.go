package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"go.opentelemetry.io/otel/trace"

	"holon/transport/contract"
)

// Intake is the subscribing side of one module: a watermill Router whose handlers run once for every event.
type Intake struct {
	module   string
	params   IntakeParams
	handlers []*handling
	applier  applier
	// patience is how long Stop waits for handlers.
	patience time.Duration
	stop     func()
}

// IntakeParams are what an Intake needs.
type IntakeParams struct {
	Module string
	// Declared are the module's subscribers as others know them; Subscriptions must be exactly those.
	Declared      []contract.Subscriber
	Subscriptions []Subscription
	Inbox         Inbox
	// Source is where the module's messages come from, under the subscriber's name as the topic.
	Source   message.Subscriber
	Settings Settings
	Log      *slog.Logger
	Metrics  *Metrics
	// Clock tells which receipts are old; nil for one of the intake's own.
	Clock *Clock
	// Tracer records how events are handled; nil for nobody.
	Tracer trace.TracerProvider
}

// NewIntake checks the subscriptions against what was declared.
func NewIntake(p IntakeParams) (*Intake, error) {
	if p.Clock == nil {
		p.Clock = NewClock(p.Log)
	}
	in := &Intake{module: p.Module, params: p, applier: applier{inbox: p.Inbox}, patience: closeTimeout}
	var errs []error
	handled := make(map[string]bool)
	for _, s := range p.Subscriptions {
		at := slices.IndexFunc(p.Declared, func(d contract.Subscriber) bool { return d.Name == s.Name })
		switch {
		case s.Module() != p.Module:
			errs = append(errs, fmt.Errorf("module %q handles subscriber %q, which is not its own", p.Module, s.Name))
		case at < 0:
			errs = append(errs, fmt.Errorf("module %q handles subscriber %q and declares it nowhere", p.Module, s.Name))
		case handled[s.Name]:
			errs = append(errs, fmt.Errorf("module %q handles subscriber %q twice", p.Module, s.Name))
		default:
			handled[s.Name] = true
			h, err := newHandling(in, s, p.Declared[at])
			in.handlers, errs = append(in.handlers, h), append(errs, err)
		}
	}
	for _, d := range p.Declared {
		if !handled[d.Name] {
			errs = append(errs, fmt.Errorf("module %q declares subscriber %q and handles it nowhere", p.Module, d.Name))
		}
	}
	return in, errors.Join(errs...)
}

// Module returns the name of the module.
func (in *Intake) Module() string { return in.module }

// closeTimeout is how long handlers that are under way may take when the intake stops.
const closeTimeout = 10 * time.Second

// Start opens the module to events. They may come before it returns.
func (in *Intake) Start(ctx context.Context) error {
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: in.patience}, quiet{in.params.Log})
	if err != nil {
		return fmt.Errorf("make the router of %s: %w", in.module, err)
	}
	for _, h := range in.handlers {
		router.AddConsumerHandler(h.subscriber.Name, h.subscriber.Name, source{in.params.Source}, h.handle)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	ended := make(chan error, 1)
	running.Go(func() { ended <- router.Run(ctx) })
	running.Go(func() {
		tidy(ctx, in.params.Clock, in.params.Log, "receipts", in.params.Settings.Keep+inboxGrace, in.params.Inbox.ForgetReceipts)
	})
	select {
	case <-router.Running():
	case err := <-ended:
		cancel()
		running.Wait()
		return fmt.Errorf("run the router of %s: %w", in.module, err)
	}
	in.stop = func() {
		if err := router.Close(); err != nil {
			in.params.Log.Error("handlers still at work when the intake closed", "err", err)
		}
		cancel()
		running.Wait()
	}
	return nil
}

// Stop takes no more events and waits for the handlers that are at work.
func (in *Intake) Stop() {
	if in.stop != nil {
		in.stop()
		in.stop = nil
	}
}

// source keeps the router from closing what it does not own when it closes.
type source struct{ message.Subscriber }

func (source) Close() error { return nil }
