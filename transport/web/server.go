package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
)

// Server serves a handler on a listener within limits.
type Server struct {
	http   *http.Server
	limits Limits
	done   chan struct{}
}

// NewServer returns a server that does not serve yet.
func NewServer(h http.Handler, l Limits, log *slog.Logger) *Server {
	return &Server{
		limits: l,
		http: &http.Server{
			Handler:           timeBodies(h, l),
			ReadHeaderTimeout: l.ReadHeaderTimeout,
			// For what never reaches a handler: net/http waits for the body of a request that it refuses itself.
			ReadTimeout:    l.ReadHeaderTimeout + l.bodyTime(-1),
			IdleTimeout:    l.IdleTimeout,
			MaxHeaderBytes: l.MaxHeaderBytes,
			HTTP2:          &http.HTTP2Config{MaxConcurrentStreams: 100},
			ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelDebug), // what clients do wrong is no event
		},
	}
}

// timeBodies bounds the arrival of bodies in front of every handler, also of those that never look at one: before it
// answers, net/http reads what the handler left. It takes the deadline off when the body has ended. Without a body the
// server's own deadline is taken off: reaching it would cancel a handler that takes its time.
func timeBodies(h http.Handler, l Limits) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var deadline time.Time
		if r.ContentLength != 0 {
			deadline = time.Now().Add(l.bodyTime(r.ContentLength))
		}
		_ = http.NewResponseController(w).SetReadDeadline(deadline) // a test's recorder knows no deadlines
		h.ServeHTTP(w, r)
	})
}

// Start serves on ln until Shutdown. died is called, once, when serving ends by itself: a node without its listener
// would be a node that only looks alive.
func (s *Server) Start(ln net.Listener, died func(error)) {
	s.done = make(chan struct{})
	if s.limits.MaxConnsPerAddress > 0 {
		ln = limitPerAddress(ln, s.limits.MaxConnsPerAddress)
	}
	if s.limits.MaxConns > 0 {
		ln = netutil.LimitListener(ln, s.limits.MaxConns)
	}
	go func() {
		defer close(s.done)
		if err := s.http.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			died(err)
		}
	}()
}

// Shutdown stops accepting, waits for requests in flight until ctx ends, and closes what is left.
func (s *Server) Shutdown(ctx context.Context) error {
	if s.done == nil {
		return nil
	}
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	<-s.done
	return err
}
