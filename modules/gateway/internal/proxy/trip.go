package proxy

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"holon/transport/adapter"
	"holon/transport/balance"
)

// trip is one request on its way through a service.
type trip struct {
	service *Service
	// repeatable says that it may be made again when it is not known what came of it.
	repeatable bool
	// body is nil for none.
	body *sending
	// client ends when the client has gone.
	client context.Context
	// streams says that the answer may go on for hours.
	streams bool
	// from is the client's address, for a handler of ours.
	from string
	// patience is how long an instance is waited for where there is none.
	patience time.Duration
	// repeated says that it was made again.
	repeated bool
	// tried are the instances that were asked; ran is why it is not known of one what it has done, nil where none can have
	// done anything.
	tried []*balance.Entry
	ran   error
}

// errNobody says that no instance could be asked; last is why the last one was not.
type errNobody struct{ last error }

func (e *errNobody) Error() string {
	if e.last == nil {
		return "there is no instance"
	}
	return e.last.Error()
}

func (e *errNobody) Unwrap() error { return e.last }

// RoundTrip sends the request to an instance, and to another where the first was not reached or the request may be made
// again.
func (t *trip) RoundTrip(req *http.Request) (*http.Response, error) {
	s := t.service
	var last error
	until := time.Now().Add(t.patience)
	for {
		changed := s.changing()
		e, at := s.pick(t.repeatable, t.tried)
		if e == nil && t.ran != nil {
			return nil, t.ran // it cannot be said that nothing was done
		}
		if e == nil && s.live() {
			return nil, errHere
		}
		if e == nil && t.await(req.Context(), changed, until) {
			t.tried = t.tried[:0]
			continue
		}
		if e == nil {
			return nil, &errNobody{last}
		}
		t.tried = append(t.tried, e)
		out := toward(req, at)
		transport := s.transport
		if s.adapted != nil {
			t.address(out, e)
			if e.Instance().Draining {
				transport = s.adapted.leaving
			}
		}
		if t.body != nil {
			t.body.putInto(out)
		}
		began := time.Now()
		resp, sent, err := t.try(transport, out)
		if err == nil && s.adapted != nil {
			if why, refused := adapter.Refusal(resp); refused {
				_ = resp.Body.Close() // it is empty
				e.Done(balance.Unknown)
				if t.body != nil && t.body.lost() {
					return nil, &errNobody{errRefused{why}}
				}
				last = errRefused{why}
				continue
			}
		}
		if err == nil {
			if again := t.answered(e, resp); again {
				t.ran = errFailed
				continue
			}
			return resp, nil
		}
		if t.client.Err() != nil {
			e.Done(balance.Unknown)
			return nil, err
		}
		e.Done(outcomeOf(req.Context(), err, time.Since(began)))
		last = err
		if !sent && t.unsent(err) {
			continue
		}
		t.ran = err
		if !t.mayRepeat(req.Context()) {
			return nil, err
		}
	}
}

// answered decides on an answer: whether it counts against the instance, and whether another one is asked in its place.
func (t *trip) answered(e *balance.Entry, resp *http.Response) (again bool) {
	if !failed(resp.StatusCode) || t.service.adapted != nil { // what a module of ours answers is its answer
		if t.streams {
			e.Works() // its end may be hours away
		}
		resp.Body = &counted{body: resp.Body, entry: e, client: resp.Request.Context()}
		return false
	}
	e.Done(balance.Failed)
	if !t.mayRepeat(resp.Request.Context()) {
		return false
	}
	_, _ = io.CopyN(io.Discard, resp.Body, drained) // so that the connection can be used again
	_ = resp.Body.Close()                           // its answer is of no interest any more
	return true
}

// longestPatience is how long a module is waited for that runs nowhere: it may be about to start again.
const longestPatience = 4 * time.Second

// knockEvery is how often a request that waits looks whether the instances it knows can be reached again.
const knockEvery = 50 * time.Millisecond

// await returns true when there may be an instance to choose, false when nobody is waited for any longer.
func (t *trip) await(ctx context.Context, changed <-chan struct{}, until time.Time) bool {
	left := time.Until(until)
	if t.patience == 0 || left <= 0 || ctx.Err() != nil {
		return false
	}
	if len(t.tried) > 0 {
		left = min(left, knockEvery)
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-changed:
		return true
	case <-timer.C:
		return len(t.tried) > 0
	case <-ctx.Done():
		return false
	}
}

// address has a request find a handler of ours on another node. Of a body that can be sent only once, nothing is sent before
// the node takes the request.
func (t *trip) address(out *http.Request, e *balance.Entry) {
	out.Header = out.Header.Clone()
	adapter.Address(out.Header, t.service.adapted.module, e.Instance().ID, t.from, out.Host)
	if t.body != nil && !t.body.keeps {
		out.Header.Set("Expect", "100-continue")
	}
}

// errHere says that nobody else can be asked, and that this process can.
var errHere = errors.New("only this process is left")

// errRefused says that a node did not ask its handler.
type errRefused struct{ why string }

func (e errRefused) Error() string { return e.why }

// errFailed says that an instance answered that it has failed.
var errFailed = errors.New("it answered that it has failed")

// another reports whether there is an instance that was not tried.
func (t *trip) another() bool {
	for _, v := range t.service.members.Load().versions {
		for _, s := range v.set.States() {
			tried := slices.ContainsFunc(t.tried, func(e *balance.Entry) bool { return e.Instance().ID == s.Instance.ID })
			if v.weight > 0 && !tried {
				return true
			}
		}
	}
	return false
}

// drained is how much of an answer that nobody wants is read.
const drained = 4 << 10

// failed reports whether a status is a fault of the instance. 501 and 505 are answers to what was asked.
func failed(code int) bool {
	return code >= 500 && code != http.StatusNotImplemented && code != http.StatusHTTPVersionNotSupported
}

// unsent reports whether nobody can have got the request: there was no connection, and no body was taken either.
func (t *trip) unsent(err error) bool {
	return unreached(err) && (t.body == nil || !t.body.lost())
}

// mayRepeat reports whether the request may be made once more, and counts it.
func (t *trip) mayRepeat(ctx context.Context) bool {
	if !t.repeatable || t.repeated || ctx.Err() != nil || t.body != nil && t.body.lost() || !t.another() || !t.service.budget.Take() {
		return false
	}
	t.repeated = true
	t.service.retried.Add(1)
	return true
}

// hanging is how long an instance must have had before its silence counts against it.
const hanging = time.Second

func outcomeOf(ctx context.Context, err error, took time.Duration) balance.Outcome {
	if ctx.Err() != nil && took < hanging {
		return balance.Unknown
	}
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return balance.Unknown
	}
	if _, client := errors.AsType[*clientError](err); client {
		return balance.Unknown
	}
	return balance.Failed
}

// counted tells the balancer when an answer has been read, and whether all of it came.
type counted struct {
	body  io.ReadCloser
	entry *balance.Entry
	// client ends when the client has gone, or the answer has not been read in its time: who of the two was slow, nobody knows.
	client context.Context
	broke  bool
	over   bool
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.body.Read(p)
	if err != nil && err != io.EOF {
		c.broke = true
	}
	return n, err
}

// Write is for connections that became another protocol.
func (c *counted) Write(p []byte) (int, error) {
	w, ok := c.body.(io.Writer)
	if !ok {
		return 0, errors.ErrUnsupported
	}
	return w.Write(p)
}

func (c *counted) Close() error {
	if !c.over {
		c.over = true
		switch {
		case c.client.Err() != nil:
			c.entry.Done(balance.Unknown)
		case c.broke:
			c.entry.Done(balance.Failed)
		default:
			c.entry.Done(balance.Worked)
		}
	}
	return c.body.Close()
}
