package events

import (
	"context"
	"log/slog"
	"time"
)

// tidy removes what is older than keep until ctx ends, a batch at a time because writers of the module wait meanwhile.
// The first time comes a while after the start: what was handed over before a crash must find its receipt.
func tidy(
	ctx context.Context, clock *Clock, log *slog.Logger, what string, keep time.Duration,
	forget func(ctx context.Context, before time.Time, limit int) (int, error),
) {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for n := tidyBatch; n == tidyBatch; {
			var err error
			if n, err = forget(ctx, clock.now().Add(-keep), tidyBatch); err != nil && ctx.Err() == nil {
				log.Error("not forgotten", "what", what, "err", err)
			}
		}
	}
}
