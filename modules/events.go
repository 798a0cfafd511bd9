package modules

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"holon/modules/storage"
	"holon/modules/storage/eventlog"
	"holon/transport/contract"
	"holon/transport/events"
)

// delivering is what all outboxes and intakes of a node share.
func delivering() fx.Option {
	return fx.Provide(events.NewLocal, func(r prometheus.Registerer) (*events.Metrics, error) {
		m, err := events.NewMetrics(r)
		if err != nil {
			return nil, fmt.Errorf("register event metrics: %w", err)
		}
		return m, nil
	})
}

func newOutbox(name partName, p Placement, db *storage.DB, store *eventlog.Log, local *events.Local, m *events.Metrics, log *slog.Logger) (*events.Outbox, error) {
	owner, err := find(p.All, string(name))
	if err != nil {
		return nil, err
	}
	return events.NewOutbox(events.OutboxParams{
		Module: owner.Name, Topics: owner.Contract.Topics, Subscribers: p.subscribers(), Store: store, Publisher: local,
		Settings: p.Delivery, Free: db.Free, Log: log, Metrics: m,
	})
}

func newIntake(name partName, p Placement, subscriptions []events.Subscription, inbox *eventlog.Log, local *events.Local, m *events.Metrics, log *slog.Logger) (*events.Intake, error) {
	owner, err := find(p.All, string(name))
	if err != nil {
		return nil, err
	}
	return events.NewIntake(events.IntakeParams{
		Module: owner.Name, Declared: owner.Subscribers, Subscriptions: subscriptions, Inbox: inbox, Source: local,
		Settings: p.Delivery, Log: log, Metrics: m,
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
