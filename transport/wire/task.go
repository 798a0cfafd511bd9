package wire

import (
	"bytes"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"holon/transport/status"
)

// task is a call being worked on. It is used again for later calls, with its memory; only the context is new, because
// what a handler has started may look at it after the end.
type task struct {
	p       *peer
	id      uint64
	request Request
	body    []byte
	reply   bytes.Buffer
	ctx     *callContext
	held    int64
	// left says that nobody waits for the answer.
	left atomic.Bool
}

// leave is called while the task is in its peer's table.
func (t *task) leave() {
	t.left.Store(true)
	t.ctx.end()
}

// errExited answers a call whose handler ended its goroutine instead of returning.
var errExited = errors.New("the handler did not return")

// run does the work and answers, whatever the handler does.
func (t *task) run() {
	err := errExited
	defer func() {
		t.ctx.end()
		t.answer(err)
		t.ended()
	}()
	err = t.handle()
}

// handle calls the handler. A panic is one caller's Internal error and nobody else's business.
func (t *task) handle() (err error) {
	defer func() {
		if r := recover(); r != nil {
			t.p.metrics.panics.Inc()
			t.p.s.params.Log.Error("panic in a handler of calls", "method", t.request.Method, "panic", r, "stack", string(debug.Stack()))
			err = status.Wrap(fmt.Errorf("panic: %v", r))
		}
	}()
	return t.p.s.params.Handler(t.ctx, &t.request, &t.reply)
}

// answer sends the reply or the error, unless the caller has left.
func (t *task) answer(err error) {
	if t.left.Load() {
		return
	}
	if size := t.reply.Len(); err == nil && size > MaxMessage {
		if t.p.metrics.seldom.due(t.request.Method, "reply") {
			t.p.s.params.Log.Error("reply too large", "method", t.request.Method, "bytes", size, "most", MaxMessage)
		}
		err = status.New(status.Internal, "reply_too_large", "the reply of %s has %d bytes, at most %d may be sent", t.request.Method, size, MaxMessage)
	}
	switch {
	case err != nil:
		t.send(kindError, appendFailure(nil, status.Reduce(err), isNotBegun(err)))
	case t.reply.Len() > maxPayload:
		t.sendLarge()
	default:
		t.send(kindReply, t.reply.Bytes())
	}
}

// send writes a frame or queues it. When the connection is dead nobody waits for it.
func (t *task) send(k kind, payload []byte) {
	out := t.p.out
	if ok, _ := out.lock(nil, out.limit); ok {
		out.pending = appendFrame(out.pending, k, t.id, payload)
		out.unlock(true)
	}
}

// sendLarge writes the reply in chunks and lets others in between. When the caller leaves meanwhile, an error ends
// what was begun, so that the other side can forget it.
func (t *task) sendLarge() {
	out := t.p.out
	select {
	case out.large <- struct{}{}:
		defer func() { <-out.large }()
	case <-out.gone:
		return
	}
	p := newPieces(t.id, nil, t.reply.Bytes())
	for ended := false; !ended; {
		if t.left.Load() {
			t.send(kindError, appendFailure(nil, &status.Error{Code: status.Canceled}, false))
			return
		}
		if ok, _ := out.lock(nil, largeRoom); !ok {
			return
		}
		out.pending, ended = p.append(out.pending, kindReply)
		out.unlock(false)
	}
}

// ended takes the task out of the books.
func (t *task) ended() {
	p := t.p
	p.open.Add(-1)
	p.s.inFlight.Add(-1)
	p.metrics.serving.Add(-1)
	p.s.held.Add(-t.held)
	p.mu.Lock()
	delete(p.calls, t.id)
	over := p.over()
	p.mu.Unlock()
	if over {
		p.finish()
	}
	p.s.recycle(t)
	p.tasks.Done()
}

// recycle forgets the call and keeps its memory, where that is not much.
func (s *Server) recycle(t *task) {
	t.p, t.ctx, t.request = nil, nil, Request{}
	t.body = recycled(t.body)
	t.left.Store(false)
	if t.reply.Cap() > keepBody {
		t.reply = bytes.Buffer{}
	}
	t.reply.Reset()
	s.tasks.Put(t)
}
