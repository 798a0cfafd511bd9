package limit

import "time"

// Totals are what there has been since a Concurrency was made.
type Totals struct {
	// Admitted and Refused are by class.
	Admitted, Refused [Classes]uint64
	// Left are those whose context ended while they waited.
	Left uint64
	// Served, Dropped and Ignored are the outcomes of those admitted.
	Served, Dropped, Ignored uint64
}

// Shed returns all that were refused.
func (t Totals) Shed() uint64 {
	var sum uint64
	for _, n := range t.Refused {
		sum += n
	}
	return sum
}

// Snapshot is a Concurrency at one moment, for people and metrics.
type Snapshot struct {
	// Limit is how many there may be at once, InFlight how many there are, Queued how many wait.
	Limit, InFlight, Queued int
	// Unloaded is how long the target takes when it is not busy, as far as is known, and Latency how long it took of late:
	// both averages, 0 before there is any.
	Unloaded, Latency time.Duration
	Totals
}

// Snapshot returns what is known at this moment. It changes nothing.
func (c *Concurrency) Snapshot() Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Snapshot{
		Limit:    c.adaptive.whole(),
		InFlight: c.inFlight,
		Queued:   len(c.queue),
		Unloaded: time.Duration(c.adaptive.unloaded),
		Latency:  time.Duration(c.adaptive.latency),
		Totals:   c.totals,
	}
}
