package events

import (
	"math/rand/v2"
	"time"
)

// rest is a line's pause while its subscriber's side can take nothing: a full disk, a module that is not there. Every
// event would be refused by itself, at the price of an undone transaction each. So nothing is handed over but a single
// event from time to time, and when that one is taken the line goes on at full width.
type rest struct {
	// since is when it began, zero while the line delivers; until is when the line tries next, why what kept it last.
	since, until time.Time
	why          string
	// times counts the pauses in a row, length is the last of them, ended when the line went on after it.
	times  int
	length time.Duration
	ended  time.Time
	// probe is the delivery that is under way to find out, nil for none.
	probe *item
}

func (r *rest) on() bool { return !r.since.IsZero() }

// more lets some time pass before the next try, longer each time. A line that has delivered for less time than it had
// paused goes on where it was: a disk with room for a few events is full again after them.
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

// long reports whether the rest is worth an operator's attention. A pause or two is nothing.
func (r *rest) long() bool { return r.times > 3 }

// jitter spreads a pause by ±20 %, so that what failed together does not come back together.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}
