package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"holon/transport/events"
	"holon/transport/status"
)

// eventOrder is what a changing verb is to be done to. To mean everything one must say so.
type eventOrder struct {
	selection
	All bool `json:"all,omitempty"`
}

// eventResult says to how many deliveries it was done.
type eventResult struct {
	Count int `json:"count"`
	// Replay is the id that the deliveries of a replay carry.
	Replay string `json:"replay,omitempty"`
}

// readOrder refuses what it does not know: a filter that is misspelt would take everything.
func readOrder(body []byte) (o eventOrder, f events.Filter, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err = d.Decode(&o); err == nil {
		if _, after := d.Token(); !errors.Is(after, io.EOF) {
			err = errors.New("more follows the object")
		}
	}
	if err != nil {
		return o, f, status.New(status.Malformed, "", "the body is not the JSON of a filter: %v", err)
	}
	f, err = o.filter(time.Now())
	return o, f, err
}

// errEverything refuses an order without any filter.
func errEverything(what string) error {
	return status.New(status.Invalid, "filter_missing", "a %s of everything needs \"all\": true", what)
}

func (d *eventDesk) retry(ctx context.Context, body []byte) (any, error) {
	return d.change(ctx, "retry", body, d.office.Retry)
}

func (d *eventDesk) drop(ctx context.Context, body []byte) (any, error) {
	return d.change(ctx, "drop", body, d.office.Drop)
}

func (d *eventDesk) change(
	ctx context.Context, what string, body []byte, do func(context.Context, events.Filter) (int, error),
) (any, error) {
	o, f, err := readOrder(body)
	if err != nil {
		return nil, err
	}
	if !o.narrows() && !o.All {
		return nil, errEverything(what)
	}
	n, err := do(ctx, f)
	if err == nil && n == 0 && f.ID != "" {
		_, _, err = d.office.Event(ctx, f.ID) // nothing to do is an answer, an event that does not exist is a mistake
	}
	if err != nil {
		return nil, err
	}
	d.log.Info("deliveries changed by hand", "what", what, "filter", o.query().Encode(), "deliveries", n)
	return eventResult{Count: n}, nil
}

func (d *eventDesk) replay(ctx context.Context, body []byte) (any, error) {
	o, f, err := readOrder(body)
	if err != nil {
		return nil, err
	}
	if o.State != "" {
		return nil, status.New(status.Invalid, "", "a replay takes events, which have no state")
	}
	narrowed := o.selection
	narrowed.Subscriber = ""
	if o.Subscriber != "" && !narrowed.narrows() && !o.All {
		return nil, errEverything("replay")
	}
	n, id, err := d.office.Replay(ctx, f)
	if err != nil {
		return nil, err
	}
	d.log.Info("deliveries changed by hand", "what", "replay", "filter", o.query().Encode(), "deliveries", n, "replay", id)
	return eventResult{Count: n, Replay: id}, nil
}
