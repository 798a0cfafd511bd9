package orderfx

import (
	"context"
	"log/slog"
	"time"

	"holon/modules"
	"holon/modules/order/internal/core"
)

// forgetEvery is how often answers that are no longer kept are removed.
const forgetEvery = time.Hour

// forgetter removes them in the background.
type forgetter struct {
	core   *core.Core
	log    *slog.Logger
	cancel context.CancelFunc
	done   chan struct{}
}

func newForgetter(c *core.Core, log *slog.Logger) modules.Runner {
	return &forgetter{core: c, log: log, done: make(chan struct{})}
}

func (f *forgetter) Start(ctx context.Context) error {
	ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go f.run(ctx)
	return nil
}

func (f *forgetter) Stop() {
	f.cancel()
	<-f.done
}

func (f *forgetter) run(ctx context.Context) {
	defer close(f.done)
	tick := time.NewTicker(forgetEvery)
	defer tick.Stop()
	for {
		if err := f.core.Forget(ctx); err != nil && ctx.Err() == nil {
			f.log.Error("answers not forgotten", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
