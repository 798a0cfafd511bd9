package events

import (
	"context"
	"errors"
	"sync"
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
	lead   chan struct{}
	done   chan error
}

// once runs an effect unless it has happened before, and reports whether it ran.
func (a *applier) once(ctx context.Context, r Receipt, run func(context.Context) error) (bool, error) {
	t := &turn{effect: Effect{Receipt: r, Context: ctx, Run: run}, lead: make(chan struct{}, 1), done: make(chan error, 1)}
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
	}
	if errors.Is(err, errAlone) {
		return a.inbox.Once(ctx, r, run)
	}
	return t.effect.Ran, err
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
	// The others are not bound by the patience of the one that leads.
	err := a.inbox.OnceEach(context.WithoutCancel(ctx), effects)
	if err != nil && n > 1 {
		err = errAlone
	}
	a.mu.Lock()
	if len(a.waiting) > 0 {
		a.waiting[0].lead <- struct{}{}
	} else {
		a.waiting, a.busy = nil, false
	}
	a.mu.Unlock()
	for _, t := range batch {
		t.done <- err
	}
}
