package storage

import (
	"sync"
	"time"
)

// every calls tell at each interval until stop is called, which returns when tell runs no more.
func every(interval time.Duration, tell func()) (stop func()) {
	over := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				tell()
			case <-over:
				return
			}
		}
	})
	return func() {
		close(over)
		running.Wait()
	}
}
