package balance

import (
	"sync"
	"time"
)

// A call is made again for one in budgetShare that are made, and where few are made up to budgetLeast a second: when
// everything fails, repeating it all would double the load on what is left.
const (
	budgetShare = 10
	budgetLeast = 3
	// budgetMost bounds what may be saved up.
	budgetMost = 100
)

// Budget bounds how many calls are made again. It is a token bucket that calls fill, in tenths of a call. The zero Budget is
// ready for use.
type Budget struct {
	mu     sync.Mutex
	tenths int
	// earned are the tenths since filled, when time was last counted.
	earned int
	filled time.Time
}

// Earn notes a call.
func (b *Budget) Earn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tenths = min(b.tenths+10/budgetShare, 10*budgetMost)
	b.earned += 10 / budgetShare
}

// Take reports whether one more may be made again.
func (b *Budget) Take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if b.filled.IsZero() {
		b.filled = now.Add(-time.Second)
	}
	if passed := int(now.Sub(b.filled).Seconds() * budgetLeast * 10); passed > 0 {
		b.tenths = min(b.tenths+max(passed-b.earned, 0), 10*budgetMost)
		b.filled, b.earned = now, 0
	}
	if b.tenths < 10 {
		return false
	}
	b.tenths -= 10
	return true
}
