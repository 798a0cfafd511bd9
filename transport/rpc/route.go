package rpc

import (
	"context"
	"errors"
	"slices"
	"time"

	"holon/transport/balance"
	"holon/transport/status"
	"holon/transport/wire"
)

// outgoing is a call on its way to another node.
type outgoing struct {
	module  *elsewhere
	request wire.Request
	// take reads the reply, which is only valid until it returns.
	take func(reply []byte) error
	// repeatable says that the call may be made again when it is not known whether it ran.
	repeatable bool
	// home tells whether the module has come to serve on this node; nil for what is never done here.
	home home
	// until is when the patience of the call ends.
	until time.Time
	// impatient calls do not wait for an instance.
	impatient bool
	// instance is where it was tried last, for whoever asks afterwards.
	instance balance.Instance
}

// home is the side of a method that this node may serve itself. An interface and no functions: a call of its own is one, and
// has nothing to allocate for it.
type home interface {
	serves() bool
	// turned is closed when serves may answer otherwise.
	turned() <-chan struct{}
}

const (
	// longestPatience is how long a call waits for an instance to be reached, whatever its deadline, unless told otherwise.
	longestPatience = 4 * time.Second
	// knockEvery is how often a call that waits looks whether the instances it knows can be reached again.
	knockEvery = 50 * time.Millisecond
)

// errGone and errOther tell why an instance was not asked.
var (
	errGone  = errors.New("the instance is gone")
	errOther = errors.New("the instance does not have this method in this major version")
	// errHere says that the module has come to serve on this node meanwhile.
	errHere = errors.New("the module is here now")
	// errShort says that the connection that was just made is of no use any more: a node may take calls and be going.
	errShort = errors.New("the connection was closed as soon as it was made")
	// errSlow says that the patience of a call ended while it waited for a connection, errLeft that its caller has left.
	errSlow = errors.New("no connection could be made in time")
	errLeft = errors.New("the caller left while a connection was made")
)

// do makes the call on an instance that can be reached, and waits a while for one. Where nobody has begun the call it goes to
// another; where somebody may have, it is made once more at the most, and only when that does no harm.
func (r *Remote) do(ctx context.Context, q *outgoing) error {
	q.until = r.patienceOf(ctx)
	var tried []*balance.Entry
	others := 0 // of those tried, how many speak another version and stay
	var last error
	var lost *wire.LostError // the answer of the first attempt, which may have run
	waited := false
	nowhere := func(last, why error) error {
		if lost != nil {
			return outcomeUnknown(q.module.name, lost)
		}
		return unreached(q.module.name, last, why)
	}
	for {
		changed := q.module.set.Changed()
		var turned <-chan struct{}
		if q.home != nil {
			if turned = q.home.turned(); q.home.serves() {
				return errHere
			}
		}
		e := q.module.set.Pick(q.repeatable, tried)
		if e == nil {
			if q.impatient {
				return wire.NotBegun(unreached(q.module.name, last, errImpatient))
			}
			if others > 0 && others == len(tried) {
				return nowhere(last, errVersions) // that does not change within a call's patience
			}
			if !waited {
				waited = true
				r.metrics.waits.Inc()
			}
			if err := wait(ctx, changed, turned, q.until, len(tried) > 0); err != nil {
				return nowhere(last, err)
			}
			tried, others = tried[:0], 0
			continue
		}
		q.instance = e.Instance()
		began := time.Now()
		_, err := e.Endpoint()(ctx, q)
		if err == nil {
			e.Done(balance.Worked)
			return nil
		}
		gone, isLost := errors.AsType[*wire.LostError](err)
		unsent, isUnsent := errors.AsType[*wire.NotSentError](err)
		switch {
		case isLost:
			e.Done(balance.Failed)
			if lost != nil || !q.repeatable || !r.budget.Take() {
				return outcomeUnknown(q.module.name, gone)
			}
			lost = gone
			r.metrics.repeats.Inc()
		case isUnsent && ctx.Err() == nil:
			e.Done(unbegun(unsent))
		case errors.Is(err, errOther):
			if !q.instance.Draining { // else another may be about to take its place
				others++
			}
			e.Done(balance.Unknown)
		case errors.Is(err, errGone), errors.Is(err, errSlow), errors.Is(err, errShort):
			e.Done(balance.Unknown)
		case isUnsent, errors.Is(err, errLeft):
			e.Done(balance.Unknown)
			return nowhere(err, ctx.Err())
		default:
			e.Done(outcomeOf(err, time.Since(began)))
			return err
		}
		tried, last = append(tried, e), err
	}
}

// unbegun is what a call that nobody has begun tells of its instance. One that is going away has not failed.
func unbegun(e *wire.NotSentError) balance.Outcome {
	switch e.Why {
	case wire.WhyGoing, wire.WhyRefused, wire.WhyFull:
		return balance.Unknown
	default:
		return balance.Failed
	}
}

// hanging is how long an instance must have had for an answer before its silence counts against it.
const hanging = time.Second

// outcomeOf is what an answer tells of its instance after that time: one that never came tells of a node that hangs, unless
// its caller had no time or went away.
func outcomeOf(answer error, took time.Duration) balance.Outcome {
	switch code := status.CodeOf(answer); {
	case code == status.DeadlineExceeded && took >= hanging:
		return balance.Failed
	case code == status.DeadlineExceeded, code == status.Canceled:
		return balance.Unknown
	default:
		return balance.Worked
	}
}

// patienceOf is until when a call waits for an instance.
func (r *Remote) patienceOf(ctx context.Context) time.Time {
	now := time.Now()
	deadline, ok := ctx.Deadline()
	if !ok {
		return now.Add(r.params.Patience)
	}
	return now.Add(min(r.params.Patience, deadline.Sub(now)/2))
}

var (
	errImpatient = errors.New("none could be reached in time")
	errVersions  = errors.New("all of them were asked")
)

// wait returns when there may be an instance to choose, or with the reason not to wait any longer.
func wait(ctx context.Context, changed, turned <-chan struct{}, until time.Time, known bool) error {
	left := time.Until(until)
	if left <= 0 {
		return errImpatient
	}
	if known {
		left = min(left, knockEvery)
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-changed:
	case <-turned:
	case <-timer.C:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// send makes the call over the connection to the peer. It is a go-kit endpoint: the request is an *outgoing.
func (p *peer) send(ctx context.Context, request any) (any, error) {
	q := request.(*outgoing)
	conn, err := p.connection(ctx, q.until)
	if err != nil {
		return nil, err
	}
	if err := speaks(conn.Peer(), q); err != nil {
		return nil, err
	}
	return nil, conn.Call(ctx, &q.request, q.take)
}

// speaks tells whether a node has the method in the major version that this one speaks.
func speaks(h wire.Hello, q *outgoing) error {
	for _, m := range h.Modules {
		if m.Name != q.module.name {
			continue
		}
		if _, has := slices.BinarySearch(m.Methods, q.request.Method); m.Major != q.module.major || !has {
			return errOther
		}
		return nil
	}
	return errGone
}
