package wire

import (
	"log/slog"
	"sync"
	"time"
)

const (
	// logEvery is how often the same trouble with the same peer is worth a line.
	logEvery = time.Minute
	// maxTroubles bounds what is remembered of them; more peers than that in a minute are an attack, and the counter
	// tells of it.
	maxTroubles = 1024
)

// seldom keeps a peer that does the same thing over and over from filling the log. All connections of a node share
// one, because a peer in trouble comes back on another connection.
type seldom struct {
	mu   sync.Mutex
	last map[trouble]time.Time
}

type trouble struct{ peer, reason string }

func newSeldom() *seldom { return &seldom{last: make(map[trouble]time.Time)} }

// due reports whether to log, and takes it as done.
func (s *seldom) due(peer, reason string) bool {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	t := trouble{peer, reason}
	if last, ok := s.last[t]; ok && now.Sub(last) < logEvery {
		return false
	}
	if len(s.last) >= maxTroubles {
		for old, at := range s.last {
			if now.Sub(at) >= logEvery {
				delete(s.last, old)
			}
		}
		if len(s.last) >= maxTroubles {
			return false
		}
	}
	s.last[t] = now
	return true
}

// trouble counts why a peer or its connection was refused, and logs it now and then.
func (m *Metrics) trouble(log *slog.Logger, peer string, err error) {
	reason := reasonOf(err)
	if reason == "" {
		return
	}
	if m.seldom.due(peer, reason) {
		log.Warn("connection between nodes refused or ended", "peer", peer, "reason", reason, "err", err)
	}
	m.refuse(reason)
}
