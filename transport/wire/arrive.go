package wire

import (
	"time"

	"holon/transport/status"
)

// call takes the last frame of a call, which is mostly the only one, and lets it run.
func (p *peer) call(f frame, arriving partials) error {
	m := arriving[f.id]
	if m != nil {
		if err := arriving.end(f.id, m, f.payload); err != nil {
			p.release(m)
			return err
		}
		defer p.arrived() // after the call is in the table: in between the connection would look idle
		if !m.wanted {
			return nil
		}
		return p.begin(f.id, m.body, true, m.began)
	}
	drop, err := p.admit(f.id, false)
	if err != nil || drop {
		return err
	}
	if !p.room(f.id, len(f.payload)) {
		return nil
	}
	return p.begin(f.id, f.payload, false, time.Now())
}

// chunk takes a piece of a call.
func (p *peer) chunk(f frame, arriving partials) error {
	total, piece, err := parseChunk(f.payload)
	if err != nil {
		return err
	}
	m := arriving[f.id]
	if m == nil {
		drop, err := p.admit(f.id, true)
		if err != nil || drop {
			return err
		}
		wanted := p.room(f.id, total)
		if m, err = arriving.begin(f.id, total, wanted, time.Now()); err != nil {
			if wanted {
				p.s.held.Add(-int64(total))
			}
			return err
		}
	}
	return m.add(total, piece)
}

// room takes the memory a call needs, or refuses the call.
func (p *peer) room(id uint64, size int) bool {
	if int(p.open.Load()) >= p.limits.Calls {
		p.refuseCall(id, reasonCalls, "too many calls are open on this connection")
		return false
	}
	if p.s.held.Add(int64(size)) > p.limits.Held {
		p.s.held.Add(-int64(size))
		p.refuseCall(id, reasonMemory, "too many large calls are being worked on")
		return false
	}
	return true
}

// release gives back what an unfinished call has taken.
func (p *peer) release(m *partial) {
	if m.wanted {
		m.wanted = false
		p.s.held.Add(-int64(m.total))
	}
}

// begin hands a complete call to a worker. The message is the task's own if own says so, else the reader's.
func (p *peer) begin(id uint64, message []byte, own bool, arrived time.Time) error {
	size := int64(len(message))
	t := p.s.task()
	header, body, err := cutHeader(message)
	var left time.Duration
	if err == nil {
		left, err = parseHeader(header, &t.request, p.names)
	}
	if err != nil || left == 0 {
		p.s.held.Add(-size)
		p.s.recycle(t)
		if err == nil {
			p.out.post(kindError, id, appendFailure(nil, errLate, false))
		}
		return err
	}
	if own {
		t.body = message
	} else {
		t.body = append(t.body[:0], body...)
		body = t.body
	}
	t.request.Body = body
	t.p, t.id, t.held, t.ctx = p, id, size, new(callContext)
	if left != unlimited {
		t.ctx.deadline = arrived.Add(left)
	}
	p.open.Add(1)
	p.s.inFlight.Add(1)
	p.metrics.serving.Add(1)
	p.tasks.Add(1)
	p.mu.Lock()
	p.calls[id] = t
	p.mu.Unlock()
	p.s.workers.run(t)
	return nil
}

// errLate answers a call whose time was over when it came: it is not run, since nobody waits for it.
var errLate = status.New(status.DeadlineExceeded, "", "the deadline passed before the call arrived")
