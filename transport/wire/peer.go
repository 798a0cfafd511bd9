package wire

import (
	"sync"
	"sync/atomic"
	"time"

	"holon/transport/status"
)

// peer is a node that calls, as the server sees it.
type peer struct {
	*link
	s     *Server
	hello Hello
	since time.Time
	names *names
	open  atomic.Int64
	// closing is set when all is answered and the peer should close.
	closing atomic.Bool
	// tasks are the calls being worked on.
	tasks sync.WaitGroup

	// mu guards what follows. The writer's lock is never taken under it.
	mu    sync.Mutex
	calls map[uint64]*task
	// highest is the last call of which a frame was read; last is that of the go-away.
	highest, last uint64
	going, acked  bool
	// arriving counts the calls of which not all has come.
	arriving int
}

// serveCalls reads a peer's calls until the connection ends.
func (s *Server) serveCalls(l *link, hello Hello) {
	p := &peer{link: l, s: s, hello: hello, since: time.Now(), names: newNames(), calls: make(map[uint64]*task)}
	p.start()
	s.params.Metrics.accepted.Add(1)
	s.join(p)
	p.read()
	s.params.Metrics.accepted.Add(-1)
	p.stopCalls()
	p.tasks.Wait()
	p.helpers.Wait()
	s.leave(p)
	s.params.Metrics.trouble(s.params.Log, hello.String(), p.cause)
}

// join notes a peer. One that shook hands while draining began is sent away like the others.
func (s *Server) join(p *peer) {
	s.mu.Lock()
	s.peers[p] = struct{}{}
	draining := s.draining
	s.mu.Unlock()
	if draining {
		p.goAway()
	}
}

func (s *Server) leave(p *peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.peers, p)
	s.settle()
}

// read takes frames until one breaks the rules or the connection ends.
func (p *peer) read() {
	arriving := make(partials)
	for {
		f, err := p.in.next()
		if err == nil {
			err = p.receive(f, arriving)
		}
		if err == nil {
			continue
		}
		if p.closing.Load() {
			err = errClosed
		}
		p.fail(err)
		break
	}
	for _, m := range arriving {
		p.release(m)
	}
}

// receive takes one frame. An error ends the connection.
func (p *peer) receive(f frame, arriving partials) error {
	switch f.kind {
	case kindCall:
		return p.call(f, arriving)
	case kindChunk:
		return p.chunk(f, arriving)
	case kindCancel:
		p.canceled(f.id, arriving)
	case kindGoneAck:
		return p.acknowledged(f.id)
	case kindPing:
		p.out.post(kindPong, f.id, nil)
	case kindPong:
	default:
		return malformed("a frame of kind %d from a dialer", f.kind)
	}
	return nil
}

// admit weighs the first frame of a call: its id must be new, and a call after the go-away is dropped, as the dialer
// knows.
func (p *peer) admit(id uint64, chunked bool) (drop bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.going && id > p.last {
		return true, nil
	}
	if id <= p.highest {
		return false, malformed("call %d after call %d", id, p.highest)
	}
	p.highest = id
	if chunked {
		p.arriving++
	}
	return false, nil
}

// arrived notes that nothing more of a call in chunks comes.
func (p *peer) arrived() {
	p.mu.Lock()
	p.arriving--
	over := p.over()
	p.mu.Unlock()
	if over {
		p.finish()
	}
}

// canceled ends a call whose caller has left.
func (p *peer) canceled(id uint64, arriving partials) {
	if m := arriving[id]; m != nil {
		delete(arriving, id)
		p.release(m)
		p.arrived()
	}
	p.mu.Lock()
	t := p.calls[id]
	if t != nil {
		t.leave()
	}
	p.mu.Unlock()
}

// stopCalls ends the contexts of all calls: nobody waits for the answers.
func (p *peer) stopCalls() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.calls {
		t.leave()
	}
}

// refuseCall answers a call that was not begun.
func (p *peer) refuseCall(id uint64, reason, message string) {
	p.metrics.refuse(reason)
	e := status.New(status.Unavailable, "peer_busy", "%s", message).With(status.DetailRetryAfter, "1")
	p.out.post(kindError, id, appendFailure(nil, e, true))
}
