package web

import (
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"holon/transport/status"
)

// Outside finds what serves requests that go to services which are no modules.
type Outside interface {
	// Find returns the passage that takes a request, nil where none does or where a module's route does. It is asked for
	// every request, before the modules' routes are.
	Find(r *http.Request) *Passage
}

// Passage is a route to somewhere outside. It is made once and kept while there is such a route.
type Passage struct {
	// Name is the route's in metrics, traces and records.
	Name string
	// Timeout bounds the answer; a passage that Streams has none, and neither has an upgrade where it Upgrades.
	Timeout  time.Duration
	Streams  bool
	Upgrades bool
	// MaxBody is what a request's body may have, in bytes; it gives the answer to it the time that it may take.
	MaxBody int64
	// Handler serves the requests. It writes its errors with WriteProblem and says who asks with Note.
	Handler http.Handler

	mu      sync.Mutex
	methods map[string]*routeMetrics
}

// GoOutside has the API ask o about every request. It is called once, before the API serves.
func (a *API) GoOutside(o Outside) { a.outside = o }

// ServeModule serves a request on the public routes of one module, and on no other's.
func (a *API) ServeModule(w http.ResponseWriter, r *http.Request, module string) {
	_, pattern := a.mux.Handler(r)
	for _, route := range a.routes {
		if route.Module == module && route.Method+" "+route.Path == pattern {
			a.mux.ServeHTTP(w, r)
			return
		}
	}
	writeProblem(w, r, ProblemOf(r.Context(), status.New(status.NotFound, "no_route", "module %s has no route for %s", module, r.URL.Path)))
}

// Forget ends the series of a passage that is no more.
func (a *API) Forget(p *Passage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for method := range p.methods {
		a.metrics.unbind(method, p.Name)
	}
	p.methods = nil
}

// pass serves a request to somewhere outside.
func (a *API) pass(w *answer, r *http.Request, p *Passage) {
	w.visit.routed(Route{Method: methodName(r.Method), Path: p.Name})
	m := p.bound(a.metrics, methodAttribute(r.Method))
	m.begin()
	defer func() {
		took := time.Since(w.visit.began)
		w.visit.took = took
		m.end(w.status, w.visit.began, took)
		if w.status == http.StatusGatewayTimeout {
			a.metrics.refused.count(requestTimeout)
		}
		if ctx := r.Context(); a.log.Enabled(ctx, slog.LevelDebug) {
			a.log.DebugContext(ctx, "request passed on", "method", r.Method, "route", p.Name, "status", w.status, "took", took)
		}
	}()
	a.timePassage(w, r, p)
	p.Handler.ServeHTTP(w, r)
}

// timePassage replaces the times that the door has set for a module's route.
func (a *API) timePassage(w *answer, r *http.Request, p *Passage) {
	c := http.NewResponseController(w)
	streams := p.Streams || p.Upgrades && r.Header.Get("Upgrade") != ""
	if streams { // each piece has a time of its own
		_ = c.SetWriteDeadline(time.Time{}) // a test's recorder knows no deadlines
	} else {
		body := Limits{MaxBody: p.MaxBody}.bodyTime(r.ContentLength)
		_ = c.SetWriteDeadline(w.visit.began.Add(body + p.Timeout + writeGrace))
	}
	if r.ContentLength != 0 { // nobody who is not let in gets more than that
		b := &paced{ReadCloser: r.Body, control: c, began: w.visit.began, streams: streams}
		b.until = b.began.Add(bodyBase)
		_ = c.SetReadDeadline(b.until)
		r.Body = b
	}
}

// streamPiece is how long each piece of a body that streams may take.
const streamPiece = time.Minute

// paced is a body that has to arrive at a pace: the time it has grows with what has arrived, so that a large one may take
// long, and one that does not come may not.
type paced struct {
	io.ReadCloser
	control *http.ResponseController
	began   time.Time
	until   time.Time
	arrived int64
	streams bool
	over    bool
}

func (b *paced) Read(p []byte) (int, error) {
	if !b.over {
		b.extend()
	}
	n, err := b.ReadCloser.Read(p)
	b.arrived += int64(n)
	b.over = b.over || err != nil
	return n, err
}

// extend moves the deadline, not for less than a second.
func (b *paced) extend() {
	until := b.began.Add(lineTime(b.arrived))
	if b.streams {
		until = time.Now().Add(streamPiece)
	}
	if until.Sub(b.until) >= time.Second {
		b.until = until
		_ = b.control.SetReadDeadline(until) // the read says so
	}
}

// bound returns the series of one method.
func (p *Passage) bound(m *metrics, method string) *routeMetrics {
	p.mu.Lock()
	defer p.mu.Unlock()
	if b := p.methods[method]; b != nil {
		return b
	}
	if p.methods == nil {
		p.methods = make(map[string]*routeMetrics)
	}
	b := m.bind(Route{Method: method, Path: p.Name})
	p.methods[method] = b
	return b
}

// Note says for whom a passage's request is made, for records and logs.
func Note(w http.ResponseWriter, subject string) {
	if a, ok := w.(*answer); ok {
		a.visit.subject = subject
	}
}
