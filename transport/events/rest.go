package events

import (
	"math/rand/v2"
	"time"
)

// rest is how long what fails is left alone, pause after pause: hand-overs to a subscriber's side that can take nothing, or
// reads of a log.
type rest struct {
	// since is when it began, zero while all is well; until is when there is another try, why what went wrong last.
	since, until time.Time
	why          string
	// times counts the pauses in a row, length is the last of them, ended when it went on after it.
	times  int
	length time.Duration
	ended  time.Time
}

func (r *rest) on() bool { return !r.since.IsZero() }

// more lets some time pass before the next try, longer each time. What went well for less time than it had paused goes on
// where it was: a disk with room for a few events is full again after them.
func (r *rest) more(now time.Time, why string) {
	if r.why = why; now.Before(r.until) {
		return // one of several that were under way
	}
	if !r.on() {
		if r.since = now; now.Sub(r.ended) >= r.length {
			r.times = 0
		}
	}
	r.length = jitter(min(pause<<min(r.times, 10), longPause))
	r.until = now.Add(r.length)
	r.times++
}

func (r *rest) over(now time.Time) {
	if r.on() {
		r.since, r.until, r.why, r.ended = time.Time{}, time.Time{}, "", now
	}
}

// left returns how long it is until the next try, 0 when that may be now.
func (r *rest) left(now time.Time) time.Duration { return max(r.until.Sub(now), 0) }

// long reports whether the rest is worth an operator's attention. A pause or two is nothing.
func (r *rest) long() bool { return r.times > 3 }

// jitter spreads a pause by ±20 %, so that what failed together does not come back together.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}
