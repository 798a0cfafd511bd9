package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"

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
			Handler:           h,
			ReadHeaderTimeout: l.ReadHeaderTimeout,
			IdleTimeout:       l.IdleTimeout,
			MaxHeaderBytes:    l.MaxHeaderBytes,
			HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: 100},
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // what clients do wrong is no event
		},
	}
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
