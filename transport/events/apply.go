package events

import (
	"context"
	"errors"
	"slices"
	"sync"

	"holon/transport/status"
)

// applyBatch is how many effects share one turn with the store at most.
const applyBatch = 128

// errAlone tells an effect that the batch it was in is undone, and that it is to be tried by itself.
var errAlone = errors.New("undone with its neighbours")

// applier has the effects of events that are handled at the same time written together. A turn with the store and a way
// back from it for each would cost more than most effects do. Handlers may run again by nature, so a batch in which one
// fails is undone and each is tried alone.
type applier struct {
	inbox Inbox

	mu      sync.Mutex
	waiting []*turn
	busy    bool
}

// turn is an effect that waits for its outcome, or for the word to write what waits.
type turn struct {
	effect Effect
	// failed is what the handler itself returned.
	failed error
	lead   chan struct{}
	done   chan error
}

// once runs an effect unless it has happened before, and reports whether it ran.
func (a *applier) once(ctx context.Context, r Receipt, run func(context.Context) error) (bool, error) {
	t := &turn{lead: make(chan struct{}, 1), done: make(chan error, 1)}
	t.effect = Effect{Receipt: r, Context: ctx, Run: func(ctx context.Context) error {
		t.failed = run(ctx)
		return t.failed
	}}
	a.mu.Lock()
	a.waiting = append(a.waiting, t)
	if !a.busy {
		a.busy = true
		t.lead <- struct{}{}
	}
	a.mu.Unlock()
	var err error
	select {
	case err = <-t.done:
	case <-t.lead:
		a.write(ctx)
		err = <-t.done // the leader is in the batch it wrote
	case <-ctx.Done():
		if a.leave(t) {
			return false, late(ctx)
		}
		err = <-t.done
	}
	if errors.Is(err, errAlone) {
		return a.alone(ctx, r, run)
	}
	return t.effect.Ran, err
}

// alone runs an effect by itself.
func (a *applier) alone(ctx context.Context, r Receipt, run func(context.Context) error) (bool, error) {
	begun := false
	ran, err := a.inbox.Once(ctx, r, func(ctx context.Context) error {
		begun = true
		return run(ctx)
	})
	if ctx.Err() != nil && err != nil && !begun {
		return false, late(ctx)
	}
	return ran, err
}

// late is the error of an event that nobody has looked at in its time: it was not refused.
func late(ctx context.Context) error {
	return status.New(status.Unavailable, "", "the store did not come to the event in time").Because(ctx.Err())
}

// write writes what waits and hands the lead to the first that has come meanwhile.
func (a *applier) write(ctx context.Context) {
	a.mu.Lock()
	n := min(len(a.waiting), applyBatch)
	batch := a.waiting[:n:n]
	a.waiting = a.waiting[n:]
	a.mu.Unlock()
	effects := make([]*Effect, n)
	for i, t := range batch {
		effects[i] = &t.effect
	}
	err := errAlone
	defer func() {
		a.mu.Lock()
		a.pass()
		a.mu.Unlock()
		for _, t := range batch {
			t.done <- err
		}
	}()
	// The others are not bound by the patience of the one that leads.
	if err = a.inbox.OnceEach(context.WithoutCancel(ctx), effects); err != nil && n > 1 && !ofTheStore(err, batch) {
		err = errAlone
	}
}

// ofTheStore reports whether a batch failed because its store takes nothing just now. Then each by itself would fail as
// well, and on a full disk that is all that would ever be done. What a handler says of itself is another matter, unless it
// only passes on what the store told it, which has a meaning outside of the store alone.
func ofTheStore(err error, batch []*turn) bool {
	return shut(err) && !slices.ContainsFunc(batch, func(t *turn) bool { return shut(t.failed) })
}

// shut reports whether an error says that nothing can be written now.
func shut(err error) bool {
	c := status.CodeOf(err)
	return c == status.StorageFull || c == status.Unavailable
}

// leave takes a turn back that no batch has taken, and reports whether it did.
func (a *applier) leave(t *turn) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := slices.Index(a.waiting, t)
	if at < 0 {
		return false
	}
	a.waiting = slices.Delete(a.waiting, at, at+1)
	select {
	case <-t.lead: // it was told to lead and did not hear it
		a.pass()
	default:
	}
	return true
}

// pass hands the lead on. The caller holds mu.
func (a *applier) pass() {
	if len(a.waiting) > 0 {
		a.waiting[0].lead <- struct{}{}
		return
	}
	a.waiting, a.busy = nil, false
}
