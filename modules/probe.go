package modules

import (
	"context"
	"errors"
	"sync"

	"holon/modules/storage"
)

// ErrSilent is the answer of a storage that gives none in time.
var ErrSilent = errors.New("the storage does not answer in time")

// probe asks a storage whether it can be written to, once at a time: a disk that hangs must not gather askers. What it
// starts is waited for by the storage's Close.
type probe struct {
	store *storage.DB

	mu  sync.Mutex
	now *probing // nil when nobody asks
}

// probing is one question under way.
type probing struct {
	done chan struct{}
	err  error // settled when done is closed
}

// ask waits for the present answer as long as ctx lasts.
func (p *probe) ask(ctx context.Context) error {
	p.mu.Lock()
	if p.now == nil {
		p.now = &probing{done: make(chan struct{})}
		go p.run(context.WithoutCancel(ctx), p.now)
	}
	now := p.now
	p.mu.Unlock()
	select {
	case <-now.done:
		return now.err
	case <-ctx.Done():
		return ErrSilent
	}
}

func (p *probe) run(ctx context.Context, now *probing) {
	now.err = p.store.Check(ctx)
	p.mu.Lock()
	p.now = nil
	p.mu.Unlock()
	close(now.done)
}
