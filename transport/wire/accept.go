package wire

import (
	"errors"
	"net"
	"time"
)

// acceptPause is how long to wait when the system has no room for a connection.
const acceptPause = 50 * time.Millisecond

// accept takes connections until the listener is closed.
func (s *Server) accept(ln net.Listener, died func(error)) {
	for {
		nc, err := ln.Accept()
		if err != nil {
			if s.isDraining() {
				return
			}
			if temporary(err) {
				s.params.Log.Warn("accept failed, trying again", "err", err)
				<-time.After(acceptPause)
				continue
			}
			died(err)
			return
		}
		if !s.admit(nc) {
			nc.Close() //nolint:errcheck // it is refused
			continue
		}
		s.running.Go(func() { s.serve(nc) })
	}
}

// temporary tells a system short of files from a listener that is broken.
func temporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary() && !errors.Is(err, net.ErrClosed)
}

// admit notes a connection if there is room for it.
func (s *Server) admit(nc net.Conn) bool {
	s.mu.Lock()
	open, closed := len(s.conns), s.closed
	admitted := !closed && open < s.params.Limits.Connections
	if admitted {
		s.conns[nc] = struct{}{}
	}
	s.mu.Unlock()
	if !admitted && !closed {
		s.params.Metrics.trouble(s.params.Log, host(nc), refuse(reasonCrowded, "%d connections are open", open))
	}
	return admitted
}

func (s *Server) forget(nc net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, nc)
}

// isDraining reports whether the server takes no more connections.
func (s *Server) isDraining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining || s.closed
}

// host is a peer that has not said its name.
func host(nc net.Conn) string {
	addr := nc.RemoteAddr().String()
	if h, _, err := net.SplitHostPort(addr); err == nil {
		return h
	}
	return addr
}

// serve is the life of a connection.
func (s *Server) serve(nc net.Conn) {
	defer s.forget(nc)
	l := newLink(nc, s.params.Limits, s.params.Metrics)
	if err := nc.SetDeadline(time.Now().Add(s.params.Limits.Handshake)); err != nil {
		l.fail(err)
		return
	}
	read, err := sniff(nc)
	if err == nil && string(read) != magic {
		err = s.other(nc, read)
		if err == nil {
			return // somebody else's now
		}
	}
	var hello Hello
	if err == nil {
		hello, err = s.welcome(l)
	}
	if err == nil {
		err = nc.SetDeadline(time.Time{})
	}
	if err != nil {
		l.fail(err)
		s.params.Metrics.trouble(s.params.Log, host(nc), err)
		return
	}
	s.serveCalls(l, hello)
}
