package web

import (
	"log/slog"
	"net"
	"time"

	"golang.org/x/time/rate"
)

// fullNotice is how a server says that clients wait for a connection, a line a minute at the most.
type fullNotice struct {
	log *slog.Logger
	// public servers are those of an API, whose limit is a setting.
	public bool
	now    rate.Sometimes
}

func (f *fullNotice) say(at net.Addr, connections int) {
	f.now.Do(func() {
		if f.public {
			f.log.Warn("all public connections are in use: new ones wait", "connections", connections, "hint", "gateway.max_connections")
			return
		}
		f.log.Warn("all connections are in use: new ones wait", "address", at.String(), "connections", connections)
	})
}

func newFullNotice(log *slog.Logger, public bool) *fullNotice {
	return &fullNotice{log: log, public: public, now: rate.Sometimes{Interval: time.Minute}}
}

// Full reports whether all connections that there may be are open, so that the next client waits.
func (s *Server) Full() bool { return s.slots != nil && len(s.slots) == cap(s.slots) }

// meetsFull counts a client that has to wait.
func (s *Server) meetsFull(at net.Addr) {
	s.refused.count(maxConnections)
	s.notice.say(at, s.limits.MaxConns)
}
