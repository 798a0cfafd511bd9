package gatewayfx

import (
	"context"
	"log/slog"
	"sync"

	"holon/modules/gateway/internal/proxy"
	"holon/modules/registry"
)

// following keeps a door's leased services as the registry has them, from the first route to one of them on. While no registry
// answers, requests go where they went last.
type following struct {
	service registry.Service
	door    *proxy.Door
	log     *slog.Logger

	mu sync.Mutex
	// ctx is that of a gateway that runs, nil before and after.
	ctx     context.Context
	cancel  context.CancelFunc
	running bool
	group   sync.WaitGroup
}

// need begins to follow where there is a reason to.
func (f *following) need() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ctx == nil || f.running || f.service == nil || !f.door.Leases() {
		return
	}
	f.running = true
	silent := false
	follower := registry.Follower{
		Service: f.service,
		Told: func(changes []registry.Change, _ bool) {
			if silent {
				silent = false
				f.log.Info("the registry answers again")
			}
			f.door.Follow(changes)
		},
		Failed: func(err error) {
			if !silent {
				silent = true
				f.log.Warn("the registry does not answer: requests to leased services go where they went last", "err", err)
			}
		},
	}
	f.group.Go(func() { follower.Run(f.ctx) })
}

func (f *following) start(ctx context.Context) {
	f.mu.Lock()
	f.ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	f.mu.Unlock()
	f.need()
}

func (f *following) stop() {
	f.mu.Lock()
	f.cancel()
	f.mu.Unlock()
	f.group.Wait()
	f.mu.Lock()
	f.ctx = nil
	f.mu.Unlock()
}
