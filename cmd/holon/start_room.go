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
		ready, err := l.once(ctx)
		if ready || !noRoom(err) {
			return err
		}
		say.Do(func() {
			l.log.Error("the disk has no room to start; trying again", "every", roomEvery.String(), "err", err,
				"hint", "free space on the disk that holds the data dir")
		})
		select {
		case <-time.After(roomEvery):
		case <-l.signals:
			return err
		case <-ctx.Done():
			return err
		}
	}
}

func noRoom(err error) bool {
	return err != nil && (errors.Is(err, syscall.ENOSPC) || status.From(err).Code == status.StorageFull)
}
