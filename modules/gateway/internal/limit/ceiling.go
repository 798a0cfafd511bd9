package limit

import (
	"math"
	"time"
)

const (
	// fewestDrops in a window that are dropPart of its answers say overload. Fewer have other reasons, which no limit helps
	// against.
	fewestDrops = 5
	dropPart    = 0.1
	// firstCut is the part of the limit taken away at first; it doubles for every further time without a good window in
	// between, up to deepestCut.
	firstCut   = 0.1
	deepestCut = 0.5
)

// overloaded reports whether the target drops so much that it must have too much.
func (w *window) overloaded() bool {
	return w.drops >= fewestDrops && float64(w.drops) >= dropPart*float64(w.drops+w.answers)
}

// ceiling remembers where the target dropped requests, as TCP does where packets were lost (ssthresh, RFC 5681): up to
// there the limit comes back fast, and then by one in each window.
type ceiling struct {
	// at is how many requests there were, 0 if none were dropped of late; cuts how often in a row. since is the first window
	// after the last time: what was admitted before tells nothing new.
	at    float64
	cuts  int
	since uint64
}

// drop counts a request that the target dropped, one of so many it has, and reports whether the limit has changed. It does
// not wait for the window: who drops does so at once. A target that drops while there are few of ours has them of others.
func (a *adaptive) drop(inFlight int, now time.Time) bool {
	a.window.drops++
	if !a.window.overloaded() || float64(inFlight) < a.limit/2 {
		return false
	}
	c := &a.ceiling
	c.at = min(a.limit, float64(inFlight))
	cut := min(math.Ldexp(firstCut, c.cuts), deepestCut)
	c.cuts++
	a.limit = max(c.at*(1-cut), a.min)
	a.probe.on = false
	a.next(inFlight-1, now)
	c.since = a.window.number
	return true
}

// allow returns how much of a step the limit may grow.
func (c *ceiling) allow(limit, step float64) float64 {
	near := (1 - firstCut) * c.at
	switch {
	case limit > (1+firstCut)*c.at: // there is more room than there was
		c.at = 0
		return step
	case limit+step <= near:
		return step
	default:
		return min(step, max(near-limit, 1))
	}
}
