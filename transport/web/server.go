package web

import (
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"holon/transport/status"
)

// Server serves a handler on a listener within limits.
type Server struct {
	http   *http.Server
	limits Limits
	gate   *gate
	done   chan struct{}

	// lame servers want to be rid of their clients; stopping ones have closed their listener themselves.
	lame, stopping atomic.Bool
	inFlight, open atomic.Int64
	// emptied is told when the last connection has gone.
	emptied chan struct{}

	refused *refusals
	conns   prometheus.Gauge
}

// counting handlers are an API and what embeds one.
type counting interface {
	counters() (*refusals, prometheus.Gauge)
}

// NewServer returns a server that does not serve yet. One that serves an API counts in the API's metrics, others count
// for nobody.
func NewServer(h http.Handler, l Limits, log *slog.Logger) *Server {
	s := &Server{limits: l, emptied: make(chan struct{}, 1)}
	if a, ok := h.(counting); ok {
		s.refused, s.conns = a.counters()
	} else {
		s.refused, s.conns = newRefusals(), newConnsGauge()
	}
	s.http = &http.Server{
		Handler:           s.handler(h),
		ReadHeaderTimeout: l.ReadHeaderTimeout,
		// For what never reaches a handler: net/http waits for the body of a request that it refuses itself.
		ReadTimeout: l.ReadHeaderTimeout + l.bodyTime(-1),
		IdleTimeout: l.IdleTimeout,
		// The request line counts in it. What is a little too large for an API is refused by the API, which is exact.
		MaxHeaderBytes: l.MaxHeaderBytes + l.MaxURL,
		HTTP2:          &http.HTTP2Config{MaxConcurrentStreams: 100},
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
		if c != nil {
			c.answering.Store(true)
		}
		timeBody(rw, r, s.limits)
		switch {
		case c != nil && c.framing.twice():
			s.refused.count(malformed)
			w.Header().Set("Connection", "close")
			WriteProblem(w, r, status.New(status.Malformed, "", "the request has both Content-Length and Transfer-Encoding"))
			return
		case c != nil && !c.framing.whole && len(r.TransferEncoding) > 0:
			// It came behind another request, unseen. Whatever it hides is not the next request then.
			w.Header().Set("Connection", "close")
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
