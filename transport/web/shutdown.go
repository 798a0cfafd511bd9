package web

import (
	"context"
	"errors"
	"net"
)

// Lame has every answer from now on tell its client to come back on another connection, while the server takes
// requests and connections as before. Streams end. The longer it is called before Shutdown, the fewer connections are left then.
func (s *Server) Lame() {
	s.lame.Store(true)
	s.leave()
}

// Shutdown stops accepting, waits for requests in flight until ctx ends, and closes what is left.
//
// It loses no request that a client sends within Limits.IdleGrace. A connection that is kept but not used cannot be
// told to go: HTTP/1.1 has words for it only in an answer. So, after the listener, the server first goes on with the
// connections there are, each of which ends with its next answer, until none is open or the grace has passed. What is
// still idle is closed then. A client that was idle all that time and sends at the very instant of the close, its
// request crossing it on the way, loses the request; so does one whose request began within the grace and has not all
// its headers there at the end of it. Clients must be ready for that at any time, for a kept connection may be closed
// like this by every server, after its idle timeout too.
//
// Connections that the kernel has finished and nobody has accepted are the listener's: they are reset with the last
// descriptor of a socket, and wait for the next server where another one outlives this process.
func (s *Server) Shutdown(ctx context.Context) error {
	if s.done == nil {
		return nil
	}
	s.Lame()
	s.stopping.Store(true)
	err := s.gate.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil // it died before, which its owner has been told
	}
	<-s.done
	s.emptyOut(ctx)
	if late := s.http.Shutdown(ctx); late != nil {
		err = errors.Join(err, late, s.http.Close())
	}
	return err
}

// emptyOut waits for the connections to go by themselves, as long as the grace lasts.
func (s *Server) emptyOut(ctx context.Context) {
	grace, cancel := context.WithTimeout(ctx, s.limits.IdleGrace)
	defer cancel()
	for s.open.Load() > 0 {
		select {
		case <-s.emptied:
		case <-grace.Done():
			return
		}
	}
}
