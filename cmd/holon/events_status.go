package main

import (
	"context"
	"encoding/json"
	"time"

	"holon/transport/events"
)

// Events as the admin port tells them; `holon events -o json` prints the same.

// eventPage is a page of a list.
type eventPage struct {
	Items []eventRow `json:"items"`
	// Next goes into before for the next page; it is empty on the last one.
	Next string `json:"next"`
}

// eventRow is an event and what became of it for one subscriber.
type eventRow struct {
	events.Event
	deliveryStatus
}

// deliveryStatus is where a delivery stands. An event that nobody listens to has one without a subscriber.
type deliveryStatus struct {
	Subscriber string       `json:"subscriber,omitempty"`
	State      events.State `json:"state"`
	// Replay is the id of the replay that made the delivery, empty for the first one.
	Replay   string    `json:"replay,omitempty"`
	Attempts int       `json:"attempts"`
	Due      time.Time `json:"due,omitzero"`
	Reason   string    `json:"reason,omitempty"`
}

// announcement is an event with its payload, for whoever may see that.
type announcement struct {
	events.Event
	Data json.RawMessage `json:"data,omitempty"`
}

// eventDocument is one event and all that is known of it.
type eventDocument struct {
	announcement
	DataWithheld string           `json:"data_withheld,omitempty"`
	Deliveries   []deliveryStatus `json:"deliveries"`
}

// eventTail is what has happened since a cursor, oldest first, and the cursor for the next call.
type eventTail struct {
	Items        []announcement `json:"items"`
	Cursor       string         `json:"cursor"`
	DataWithheld string         `json:"data_withheld,omitempty"`
}

// backlogStatus is what a subscriber has yet to get from one module.
type backlogStatus struct {
	Module     string `json:"module"`
	Subscriber string `json:"subscriber"`
	// Open are waiting or retrying; Oldest is the time of the oldest of their events.
	Open   int       `json:"open"`
	Oldest time.Time `json:"oldest,omitzero"`
	Parked int       `json:"parked"`
}

// backlogList is what all subscribers have yet to get.
type backlogList struct {
	Items []backlogStatus `json:"items"`
}

func rowOf(e events.Entry) eventRow { return eventRow{Event: e.Event, deliveryStatus: deliveryOf(e)} }

func deliveryOf(e events.Entry) deliveryStatus {
	return deliveryStatus{
		Subscriber: e.Subscriber, State: e.State, Replay: e.Replay, Attempts: e.Attempts, Due: e.Due, Reason: e.Reason,
	}
}

// backlogOf asks the office how much of what waits where.
func backlogOf(ctx context.Context, office *events.Office) ([]backlogStatus, error) {
	backlog, err := office.Backlog(ctx)
	if err != nil {
		return nil, err
	}
	return statusOf(backlog), nil
}

func statusOf(backlog []events.ModuleBacklog) []backlogStatus {
	out := make([]backlogStatus, len(backlog))
	for i, b := range backlog {
		out[i] = backlogStatus{Module: b.Module, Subscriber: b.Subscriber, Open: b.Open, Oldest: b.Oldest, Parked: b.Parked}
	}
	return out
}
