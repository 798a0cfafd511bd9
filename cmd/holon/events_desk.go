package main

import (
	"context"
	"crypto/subtle"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"holon/transport/events"
	"holon/transport/web"
)

// eventDesk puts the events of a node on its admin port.
type eventDesk struct {
	office *events.Office
	// token is what payloads are shown for.
	token string
	// open reports whether the node is neither starting nor stopping.
	open func() bool
	log  *slog.Logger
}

// mountEvents adds the desk's paths. Changing ones are verbs of the operator like all others.
func (n *node) mountEvents(mux *http.ServeMux, d *eventDesk) {
	mux.HandleFunc("GET /events", told(d.list))
	mux.HandleFunc("GET /events/backlog", told(d.backlog))
	mux.HandleFunc("GET /events/tail", told(d.tail))
	mux.HandleFunc("GET /events/{id}", told(d.show))
	mux.HandleFunc("POST /events/retry", n.verb("events retry", d.retry))
	mux.HandleFunc("POST /events/replay", n.verb("events replay", d.replay))
	mux.HandleFunc("POST /events/drop", n.verb("events drop", d.drop))
}

// told answers with what look finds, as JSON or as a problem.
func told(look func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		reply, err := look(r)
		if err != nil {
			web.WriteProblem(w, r, err)
			return
		}
		writeJSON(w, http.StatusOK, reply)
	}
}

// withheld stands in the place of a payload that whoever asks may not see.
const withheld = "the payload is shown for the token of the node's folder"

// trusts reports whether the request carries the node's token.
func (d *eventDesk) trusts(r *http.Request) bool {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return subtle.ConstantTimeCompare([]byte(token), []byte(d.token)) == 1
}

// How many rows a page has, and at most.
const (
	defaultRows = 50
	maxRows     = 1000
)

func (d *eventDesk) list(r *http.Request) (any, error) {
	var s selection
	var before, limit string
	fields := s.fields()
	fields["before"], fields["limit"] = &before, &limit
	if err := readQuery(r.URL.Query(), fields); err != nil {
		return nil, err
	}
	f, err := s.filter(time.Now())
	if err != nil {
		return nil, err
	}
	f.Before = before
	if f.Limit, err = readNumber("limit", limit, defaultRows, 1, maxRows); err != nil {
		return nil, err
	}
	return d.page(r.Context(), f)
}

// page reads one page and finds out whether there is another.
func (d *eventDesk) page(ctx context.Context, f events.Filter) (eventPage, error) {
	page := eventPage{Items: []eventRow{}}
	entries, err := d.office.List(ctx, f)
	if err != nil {
		return page, err
	}
	for _, e := range entries {
		page.Items = append(page.Items, rowOf(e))
	}
	if len(entries) < f.Limit {
		return page, nil
	}
	last := entries[len(entries)-1].Event.ID
	f.Before, f.Limit = last, 1
	more, err := d.office.List(ctx, f)
	if len(more) > 0 {
		page.Next = last
	}
	return page, err
}

func (d *eventDesk) show(r *http.Request) (any, error) {
	e, entries, err := d.office.Event(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	out := eventDocument{announcement: announcement{Event: *e}, Deliveries: []deliveryStatus{}}
	for _, entry := range entries {
		out.Deliveries = append(out.Deliveries, deliveryOf(entry))
	}
	if d.trusts(r) {
		out.Data = e.Data
	} else {
		out.DataWithheld = withheld
	}
	return out, nil
}

func (d *eventDesk) backlog(r *http.Request) (any, error) {
	items, err := backlogOf(r.Context(), d.office)
	return backlogList{items}, err
}
