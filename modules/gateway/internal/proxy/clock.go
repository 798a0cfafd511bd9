package proxy

import (
	"errors"
	"sync"
	"time"
)

// errLate says that the answer took longer than the route gives it.
var errLate = errors.New("the answer did not come in time")

// clock measures the time of an upstream alone: it stands still while the client owes a piece of its body, for which it has a
// time of its own, and begins anew with each piece that was sent.
type clock struct {
	mu    sync.Mutex
	lasts time.Duration
	timer *time.Timer
	ended bool
}

func newClock(lasts time.Duration, late func()) *clock {
	return &clock{lasts: lasts, timer: time.AfterFunc(lasts, late)}
}

// pause stops it while the client is waited for.
func (c *clock) pause() {
	if c != nil {
		c.timer.Stop()
	}
}

// resume gives the upstream its whole time again.
func (c *clock) resume() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.timer.Reset(c.lasts)
	}
}

// stop ends it.
func (c *clock) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	c.timer.Stop()
}
