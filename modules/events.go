package modules

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/fx"

	"holon/modules/storage"
	"holon/modules/storage/eventlog"
	"holon/transport/contract"
	"holon/transport/events"
)

// delivering makes what all outboxes and intakes of a node share.
func delivering() fx.Option {
	return fx.Provide(events.NewLocal, events.NewClock, newDirect, newGate, func(r prometheus.Registerer) (*events.Metrics, error) {
		m, err := events.NewMetrics(r)
		if err != nil {
			return nil, fmt.Errorf("register event metrics: %w", err)
		}
		return m, nil
	})
}

// delivery is what an outbox or an intake is made of, beside its own store.
type delivery struct {
	fx.In

	Name    partName
	Place   Placement
	Local   *events.Local
	Gate    *gate
	Clock   *events.Clock
	Metrics *events.Metrics
	Log     *slog.Logger
	// Tracer is there where the node records traces.
	Tracer trace.TracerProvider `optional:"true"`
}

func newOutbox(d delivery, db *storage.DB, store *eventlog.Log) (*events.Outbox, error) {
	owner, err := find(d.Place.All, string(d.Name))
	if err != nil {
		return nil, err
	}
	return events.NewOutbox(events.OutboxParams{
		Module: owner.Name, Topics: owner.Contract.Topics, Subscribers: d.Place.subscribers(), Store: store, Publisher: d.Gate,
		Settings: d.Place.Delivery, Free: db.Free, Log: d.Log, Metrics: d.Metrics, Clock: d.Clock,
	})
}

func newIntake(d delivery, subscriptions []events.Subscription, inbox *eventlog.Log) (*events.Intake, error) {
	owner, err := find(d.Place.All, string(d.Name))
	if err != nil {
		return nil, err
	}
	return events.NewIntake(events.IntakeParams{
		Module: owner.Name, Declared: owner.Subscribers, Subscriptions: subscriptions, Inbox: inbox, Source: d.Local,
		Settings: d.Place.Delivery, Log: d.Log, Metrics: d.Metrics, Clock: d.Clock, Tracer: d.Tracer,
	})
}

// subscribers are those of every module of the binary, because events are kept for those that run elsewhere too.
func (p Placement) subscribers() []contract.Subscriber {
	var out []contract.Subscriber
	for _, m := range p.All {
		out = append(out, m.Subscribers...)
	}
	slices.SortFunc(out, func(a, b contract.Subscriber) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// checkEvents refuses declarations of topics and subscribers that contradict each other.
func checkEvents(all []Module) error {
	var errs []error
	seen := make(map[string]bool)
	for _, m := range all {
		for _, t := range m.Contract.Topics {
			if owner := t.Info().Module(); owner != m.Name {
				errs = append(errs, fmt.Errorf("module %q declares topic %q of %q", m.Name, t.Info().Name, owner))
			}
		}
		for _, s := range m.Subscribers {
			switch {
			case s.Module() != m.Name:
				errs = append(errs, fmt.Errorf("module %q declares subscriber %q of %q", m.Name, s.Name, s.Module()))
			case seen[s.Name]:
				errs = append(errs, fmt.Errorf("two subscribers are named %q", s.Name))
			case len(s.Topics) == 0:
				errs = append(errs, fmt.Errorf("subscriber %q listens to nothing", s.Name))
			}
			seen[s.Name] = true
		}
	}
	return errors.Join(errs...)
}

// checkPlaced refuses a placed module that declares topics or subscribers and has nothing to announce or handle them
// with.
func checkPlaced(m Module, outboxes []*events.Outbox, intakes []*events.Intake) error {
	if len(m.Contract.Topics) > 0 && !slices.ContainsFunc(outboxes, func(o *events.Outbox) bool { return o.Module() == m.Name }) {
		return fmt.Errorf("module %q has topics and no storage to announce them from", m.Name)
	}
	if len(m.Subscribers) > 0 && !slices.ContainsFunc(intakes, func(in *events.Intake) bool { return in.Module() == m.Name }) {
		return fmt.Errorf("module %q declares subscribers and handles none of them", m.Name)
	}
	return nil
}
