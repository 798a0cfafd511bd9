package limit

import (
	"fmt"
	"time"
)

// Params are what a Concurrency needs.
type Params struct {
	// Min, Start and Max bound the limit, in requests at once: 1 <= Min <= Start <= Max. Below Min too few answers come to
	// learn anything from.
	Min, Start, Max int
	// Queue is how many may wait when the limit is reached, 0 for none, and Wait how long each.
	Queue int
	Wait  time.Duration
	// Shares are the parts of the limit that requests of a class may bring the whole to, over 0 up to 1, and none greater
	// than that of a more important class.
	Shares [Classes]float64
}

// DefaultParams returns what suits a module or a service of which nothing is known.
func DefaultParams() Params {
	return Params{
		Min:    8,                     // a few slow ones do not lock the others out
		Start:  32,                    // more than most need before anything is known
		Max:    1024,                  // what a connection and its memory bear
		Queue:  16,                    // a burst that arrives in one packet
		Wait:   50 * time.Millisecond, // later an answer comes sooner from a retry
		Shares: [Classes]float64{Critical: 1, Write: 0.95, Read: 0.85, Anonymous: 0.70},
	}
}

// The bounds of Params.
const (
	maxLimit = 100_000
	maxQueue = 1024
	maxWait  = 10 * time.Second
)

// Validate says what is wrong, naming the field and what it may be.
func (p Params) Validate() error {
	if p.Min < 1 || p.Start < p.Min || p.Max < p.Start || p.Max > maxLimit {
		return fmt.Errorf("concurrency: min %d, start %d, max %d are not in this order between 1 and %d", p.Min, p.Start, p.Max, maxLimit)
	}
	if p.Queue < 0 || p.Queue > maxQueue {
		return fmt.Errorf("concurrency: queue %d is not between 0 and %d", p.Queue, maxQueue)
	}
	if p.Wait < 0 || p.Wait > maxWait {
		return fmt.Errorf("concurrency: wait %s is not between 0 and %s", p.Wait, maxWait)
	}
	most := 1.0
	for class, share := range p.Shares {
		// Written so that NaN is refused too.
		if !(share > 0 && share <= most) {
			return fmt.Errorf("concurrency: the share %v of %s is not over 0 and up to %v", share, Class(class), most)
		}
		most = share
	}
	return nil
}
