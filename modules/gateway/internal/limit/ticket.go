package limit

import "time"

// Outcome is what a request tells of its target.
type Outcome uint8

// The outcomes. What counts is whether the target worked: an answer that says no for a good reason is one it worked for.
const (
	// Served is an answer, whatever it says of the request.
	Served Outcome = iota
	// Dropped is a sign of overload: the target said so (503), or its answer was not there in time.
	Dropped
	// Ignored tells nothing: the caller went away, the request could not be sent.
	Ignored
)

// Ticket is a request that may be made. It is a value and not safe for concurrent use. Done on the zero Ticket does
// nothing, nor does a second one on the same Ticket; of copies only one may be done.
//
// It is held for as long as the target works for the request. Whoever passes on a stream is done at its first byte: how
// long it is told nothing of the target.
type Ticket struct {
	of      *Concurrency
	began   time.Time
	window  uint64
	watched bool
}

// Done ends the request and tells what came of it.
func (t *Ticket) Done(o Outcome) {
	c := t.of
	if c == nil {
		return
	}
	t.of = nil
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	switch o {
	case Served:
		c.totals.Served++
	case Dropped:
		c.totals.Dropped++
	case Ignored:
		c.totals.Ignored++
	}
	changed := c.adaptive.done(t, o, c.inFlight, now)
	c.inFlight--
	if changed {
		c.follow()
	}
	c.call(now)
}
