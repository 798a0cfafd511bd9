package limit

import (
	"math"
	"time"
)

const (
	// windowTime is the least a window watches for, windowRequests the fewest it watches: together they make an average mean
	// something, at ten requests a second and at ten thousand.
	windowTime     = 100 * time.Millisecond
	windowRequests = 20
	// stragglers is the part of the requests that is not waited for, and windowWait how long the others are: a request that
	// hangs must not hold up what all can learn.
	stragglers = 0.05
	windowWait = 5 * time.Second
)

// window watches some requests that begin one after the other under one limit, until they are answered. Those admitted
// under another limit tell of that one. Waiting for the slow ones too is what makes it fair: the answers that come in any
// tenth of a second are mostly the fast ones.
type window struct {
	number uint64
	start  time.Time
	// watched are the requests, open those of them without an answer, newest when the last of them began.
	watched, open int
	newest        time.Time
	// took is how long the answered ones took together, squares the same of the squares, offsets when the open ones began,
	// from start, together.
	took, offsets time.Duration
	squares       float64
	// peak is the most requests there were at once, answers and drops what became of any that ended.
	peak, answers, drops int
}

// watching reports whether more requests are wanted: as many as there are at once, so that one that comes when the limit
// has just been raised weighs no more than one that meets the others.
func (w *window) watching(limit int, now time.Time) bool {
	return w.watched < max(windowRequests, min(w.peak, limit)) || now.Sub(w.start) < windowTime
}

// begin takes a request in, beside so many others, and reports whether it is watched.
func (w *window) begin(inFlight, limit int, now time.Time) bool {
	w.peak = max(w.peak, inFlight+1)
	if !w.watching(limit, now) {
		return false
	}
	w.watched++
	w.open++
	w.newest = now
	w.offsets += now.Sub(w.start)
	return true
}

// end ends a watched request. One that does not count is as if it had never been.
func (w *window) end(began, now time.Time, counts bool) {
	w.open--
	w.offsets -= began.Sub(w.start)
	if counts {
		took := now.Sub(began)
		w.took += took
		w.squares += float64(took) * float64(took)
	} else {
		w.watched--
	}
}

// full reports whether there is enough to tell something.
func (w *window) full(limit int, now time.Time) bool {
	if w.watched == 0 || w.watching(limit, now) {
		return false
	}
	return float64(w.open) <= stragglers*float64(w.watched) || now.Sub(w.newest) > windowWait
}

// latency is the average, in which an open request has taken what it has taken so far, and by how much it may be off by
// chance (its standard error). The average is never 0, which stands for nothing known.
func (w *window) latency(now time.Time) (average, off float64) {
	open := time.Duration(w.open)*now.Sub(w.start) - w.offsets
	n := float64(w.watched)
	average = max(float64(w.took+open)/n, 1)
	mean := float64(w.took) / max(n-float64(w.open), 1)
	variance := w.squares/max(n-float64(w.open), 1) - mean*mean
	return average, math.Sqrt(max(variance, 0) / n)
}
