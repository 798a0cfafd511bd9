package web

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// Server serves a handler on a listener within limits.
type Server struct {
	http   *http.Server
	limits Limits
	gate   *gate
	done   chan struct{}
	// slots has room for every connection that may be open; it is nil without a limit.
	slots  chan struct{}
	notice *fullNotice

	// lame servers want to be rid of their clients; stopping ones have closed their listener themselves.
	lame, stopping atomic.Bool
	// leaving ends when the server becomes lame.
	leaving        context.Context
	leave          context.CancelFunc
	inFlight, open atomic.Int64
	// emptied is told when the last connection has gone.
	emptied chan struct{}

	refused *refusals
	conns   prometheus.Gauge
	// tls is nil for a server that speaks plainly.
	tls *tls.Config
}

// Secure has the server speak TLS. It is called before Start. The connections are HTTP/1.1: what keeps requests from being
// smuggled looks at its bytes.
func (s *Server) Secure(c *tls.Config) {
	s.tls = c.Clone()
	s.tls.NextProtos = []string{"http/1.1"}
}

// counting handlers are an API and what embeds one.
type counting interface {
	counters() (*refusals, prometheus.Gauge)
}

// NewServer returns a server that does not serve yet. One that serves an API counts in the API's metrics, others count
// for nobody.
func NewServer(h http.Handler, l Limits, log *slog.Logger) *Server {
	a, public := h.(counting)
	s := &Server{limits: l, emptied: make(chan struct{}, 1), notice: newFullNotice(log, public)}
	s.leaving, s.leave = context.WithCancel(context.Background())
	if public {
		s.refused, s.conns = a.counters()
	} else {
		s.refused, s.conns = newRefusals(), newConnsGauge()
	}
	if l.MaxConns > 0 {
		s.slots = make(chan struct{}, l.MaxConns)
	}
	s.http = &http.Server{
		Handler:           s.handler(h),
		ReadHeaderTimeout: l.ReadHeaderTimeout,
		// A handler's request gets a deadline of its own. Without any here, net/http would take the one off that the
		// headers have, before there is a handler.
		ReadTimeout: l.ReadHeaderTimeout + l.bodyTime(-1),
		IdleTimeout: l.IdleTimeout,
		// The request line counts in it. What is a little too large for an API is refused by the API, which is exact.
		MaxHeaderBytes: l.MaxHeaderBytes + l.MaxURL,
		ConnContext:    withConn,
		ConnState:      changed,
		// Else net/http would answer OPTIONS * with no handler, and it alone would be no problem.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     slog.NewLogLogger(log.Handler(), slog.LevelDebug), // what clients do wrong is no event
	}
	return s
}

// handler stands in front of every handler of a server.
func (s *Server) handler(h http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		s.inFlight.Add(1)
		defer s.inFlight.Add(-1)
		c, w := connOf(r.Context()), &answer{ResponseWriter: rw, lame: &s.lame}
		c.begin(r.ContentLength != 0)
		timeBody(rw, r, s.limits)
		if err := c.framing.fault(r); err != nil {
			c.met(malformed)
			w.Header().Set("Connection", "close") // what comes next may not be a request
			WriteProblem(w, r, err)
			return
		}
		h.ServeHTTP(w, r)
		if w.status == 0 {
			w.begin(http.StatusOK) // net/http is about to write it
		}
	})
}

// Start serves on ln until Shutdown. died is called, once, when serving ends by itself: a node without its listener
// would be a node that only looks alive.
func (s *Server) Start(ln net.Listener, died func(error)) {
	s.done, s.gate = make(chan struct{}), newGate(ln, s)
	go func() {
		defer close(s.done)
		if err := s.http.Serve(s.gate); !s.stopping.Load() {
			died(err)
		}
	}()
}

// InFlight returns how many requests are being answered.
func (s *Server) InFlight() int { return int(s.inFlight.Load()) }

// Connections returns how many connections are open, used or not.
func (s *Server) Connections() int { return int(s.open.Load()) }

func (s *Server) opened() {
	s.open.Add(1)
	s.conns.Inc()
}

func (s *Server) closed() {
	s.conns.Dec()
	if s.open.Add(-1) > 0 {
		return
	}
	select {
	case s.emptied <- struct{}{}:
	default: // it has been told
	}
}
