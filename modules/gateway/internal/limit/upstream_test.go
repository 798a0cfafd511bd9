package limit_test

import (
	"sync"
	"time"
)

// upstream is a target of so many slots, and a queue without bound in front of them: what a real server has. Who gives up
// waiting leaves his request in it.
type upstream struct {
	// service is how long a request takes that begins after so much of the simulation.
	service func(after time.Duration) time.Duration
	// failsFast is a target without the queue: it drops what it has no slot for.
	failsFast bool

	mu    sync.Mutex
	start time.Time
	free  []time.Time // when each slot is free
}

func newUpstream(slots int) *upstream {
	return &upstream{start: time.Now(), free: make([]time.Time, slots)}
}

// answer returns when a request that comes now is answered, false if it is dropped.
func (u *upstream) answer() (at time.Time, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	at = time.Now()
	slot := 0
	for i, free := range u.free {
		if free.Before(u.free[slot]) {
			slot = i
		}
	}
	if u.free[slot].After(at) {
		if u.failsFast {
			return at, false
		}
		at = u.free[slot]
	}
	at = at.Add(u.service(at.Sub(u.start)))
	u.free[slot] = at
	return at, true
}
