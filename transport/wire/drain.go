package wire

import (
	"context"
	"fmt"
)

// Drain ends all connections without losing a call: it takes no new ones, tells every peer to go elsewhere, answers
// what was accepted and closes each connection when its peer knows. It returns when the last is closed, or with an
// error when ctx ends first. Close comes after it in any case.
func (s *Server) Drain(ctx context.Context) error {
	s.mu.Lock()
	s.draining = true
	s.closeListener()
	peers := make([]*peer, 0, len(s.peers))
	for p := range s.peers {
		peers = append(peers, p)
	}
	s.settle()
	s.mu.Unlock()
	for _, p := range peers {
		p.goAway()
	}
	select {
	case <-s.empty:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%d calls from %d nodes are left: %w", s.InFlight(), len(s.Connections()), ctx.Err())
	}
}

// settle wakes Drain when nobody is left. The caller holds mu.
func (s *Server) settle() {
	if !s.draining || len(s.peers) > 0 {
		return
	}
	select {
	case <-s.empty:
	default:
		close(s.empty)
	}
}

// goAway asks the peer to send no more calls and names the last that is taken.
func (p *peer) goAway() {
	p.mu.Lock()
	if p.going {
		p.mu.Unlock()
		return
	}
	p.going, p.last = true, p.highest
	last := p.last
	p.mu.Unlock()
	p.out.post(kindGoAway, last, nil)
}

// acknowledged notes that the peer begins no more calls.
func (p *peer) acknowledged(id uint64) error {
	p.mu.Lock()
	if !p.going || id != p.last {
		p.mu.Unlock()
		return malformed("an acknowledgement of what was not said")
	}
	p.acked = true
	over := p.over()
	p.mu.Unlock()
	if over {
		p.finish()
	}
	return nil
}

// over reports whether nothing is left to do for the peer. The caller holds mu.
func (p *peer) over() bool {
	return p.going && p.acked && len(p.calls) == 0 && p.arriving == 0
}

// finish closes the connection after the last answer.
func (p *peer) finish() {
	p.closing.Store(true)
	p.out.end()
}
