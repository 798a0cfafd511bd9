package main

import (
	"context"
	"errors"
	"syscall"
	"time"

	"golang.org/x/time/rate"

	"holon/transport/status"
)

// roomEvery is how often a node that found no room to start looks again.
const roomEvery = 5 * time.Second

// live runs the node. Where the disk has no room to start, it waits for some: whoever restarts programs gives up after a
// few failures, and the node would stay away when there is room again.
func (l *life) live(ctx context.Context) error {
	say := rate.Sometimes{First: 1, Interval: time.Minute}
	for {
		done, err := l.once(ctx)
		if done || !noRoom(err) {
			return err
		}
		say.Do(func() {
			l.log.Error("the disk has no room to start; trying again", "every", roomEvery.String(), "err", err,
				"hint", "free space on the disk that holds the data dir")
		})
		select {
		case <-time.After(roomEvery):
		case sig := <-l.signals:
			l.log.Info("stopped while waiting for room", "signal", sig.String())
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

func noRoom(err error) bool {
	return err != nil && (errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || status.From(err).Code == status.StorageFull)
}
