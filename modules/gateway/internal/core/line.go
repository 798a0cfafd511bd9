package core

import "context"

// question is one about an API key, for all who wait for its answer.
type question struct {
	id     string
	digest digest
	came   chan struct{} // closed when what follows is settled
	key    *program
	err    error
	// dropped says that nobody was asked, because who stood in line with it has gone.
	dropped bool
}

// ask waits for the answer to the question that is pending for a key, or else stands in line with a new one.
func (p *Programs) ask(ctx context.Context, id string, d digest, known bool) (*program, error) {
	line := p.strange
	if known {
		line = p.known
	}
	for {
		q, own := p.join(id, d)
		if own {
			if err := p.queue(ctx, line, q); err != nil {
				p.drop(q)
				return nil, unchecked(err)
			}
		}
		select {
		case <-p.done:
			return nil, unchecked(errStopped)
		case <-ctx.Done():
			return nil, unchecked(ctx.Err())
		case <-q.came:
			if !q.dropped {
				return q.key, q.err
			}
		}
	}
}

// queue waits until somebody takes the question.
func (p *Programs) queue(ctx context.Context, line chan<- *question, q *question) error {
	select {
	case line <- q:
		return nil
	case <-p.done:
		return errStopped
	case <-ctx.Done():
		return ctx.Err()
	}
}

// renew asks for a key in the background, if anybody is free to.
func (p *Programs) renew(id string, d digest) {
	q, own := p.join(id, d)
	if !own {
		return
	}
	select {
	case p.known <- q:
	default:
		p.drop(q) // the next use tries again
	}
}

// join returns the question that is pending for a key, or a new one that is the caller's own to put or to drop.
func (p *Programs) join(id string, d digest) (q *question, own bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if q, ok := p.pending[d]; ok {
		return q, false
	}
	q = &question{id: id, digest: d, came: make(chan struct{})}
	p.pending[d] = q
	return q, true
}

func (p *Programs) drop(q *question) {
	q.dropped = true
	p.finish(q)
}

// finish hands the answer to those who wait and makes room for the next question.
func (p *Programs) finish(q *question) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.pending, q.digest)
	close(q.came)
}
