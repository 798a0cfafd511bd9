package limit

import "time"

const (
	// tickSeconds is how often the unloaded latency may be measured under load.
	tickSeconds = 5
	// patience is the number of latencies that lie between two measurements at least, so that they cost a slow target no
	// more than a fast one. A measurement takes about six.
	patience = 40
)

// clock says when to measure, by the clock on the wall: several gateways that load one target have to hold back together,
// or each measures what the others make it wait. They see about the same latency, and so come to the same moments as long
// as their clocks are within some ten milliseconds.
type clock struct{ ticks int64 }

// pass reports whether there has been a tick since it was last asked, and whether it was one of the long ones, of which
// there is every one, every second, every fourth, and so on, by the latency.
func (c *clock) pass(latency float64, now time.Time) (tick, long bool) {
	last := c.ticks
	c.ticks = now.Unix() / tickSeconds
	each := int64(1)
	for float64(each*tickSeconds*int64(time.Second)) < patience*latency {
		each *= 2
	}
	return c.ticks != last, c.ticks/each != last/each
}
