package limit

import (
	"math"
	"time"
)

const (
	// tolerance is how many times as long answers may take under load as without, slack how much longer they always may:
	// two milliseconds harm nobody, and a scheduler alone may take them.
	tolerance = 1.5
	slack     = float64(2 * time.Millisecond)
	// headroom is the part of the tolerated latency below which nobody can be waiting, and the limit grows by half.
	headroom = 0.8
	// sudden is how many times the tolerated latency says that the target has changed, rather than that there are a few
	// requests too many.
	sudden = 1.5
	// longer and shorter are the weights of a new latency without load, by which way it differs.
	longer  = 0.1
	shorter = 0.5
)

// adaptive is the limit and how it moves: arithmetic only, under the lock of its Concurrency. Latencies are averages in
// nanoseconds.
type adaptive struct {
	min, max, limit float64
	// latency is that of the last window and off how far it may be off by chance. unloaded is the one without load as far
	// as is known, 0 before anything is.
	latency, off, unloaded float64

	window  window
	ceiling ceiling
	clock   clock
	probe   probe
}

func newAdaptive(p Params, now time.Time) adaptive {
	a := adaptive{min: float64(p.Min), max: float64(p.Max), limit: float64(p.Start)}
	a.clock.pass(0, now)
	a.next(0, now)
	return a
}

// whole is the limit as a number of requests.
func (a *adaptive) whole() int { return int(a.limit) }

// next begins a window while there are so many requests.
func (a *adaptive) next(inFlight int, now time.Time) {
	a.window = window{number: a.window.number + 1, start: now, peak: inFlight}
}

// admit begins a request beside so many others, and returns what its ticket has to remember.
func (a *adaptive) admit(inFlight int, now time.Time) (window uint64, watched bool) {
	return a.window.number, a.window.begin(inFlight, a.whole(), now)
}

// done ends a request, one of so many, and reports whether the limit may have changed.
func (a *adaptive) done(t *Ticket, o Outcome, inFlight int, now time.Time) bool {
	w := &a.window
	if t.watched && t.window == w.number {
		// An answer that did not come in time has taken at least that long. One that was refused at once has taken nothing.
		late := o == Dropped && float64(now.Sub(t.began)) > a.unloaded
		w.end(t.began, now, o == Served || late)
	}
	switch o {
	case Dropped:
		if t.window >= a.ceiling.since && a.drop(inFlight, now) {
			return true
		}
	case Served:
		w.answers++
	case Ignored:
	}
	if !w.full(a.whole(), now) {
		return false
	}
	a.learn(now)
	a.next(inFlight-1, now)
	return true
}

// learn moves the limit by what the window saw.
func (a *adaptive) learn(now time.Time) {
	a.latency, a.off = a.window.latency(now)
	if a.unloaded == 0 {
		a.unloaded = a.latency
	}
	if !a.window.overloaded() {
		a.ceiling.cuts = 0
	}
	tick, long := a.clock.pass(a.latency, now)
	switch {
	case a.probe.on:
		a.measure()
	case float64(a.window.peak) < a.limit/2:
		a.rest()
	default:
		a.adjust(tick, long)
	}
	a.limit = min(max(a.limit, a.min), a.max)
}

// rest learns from a target that is not busy: however long it takes, that is its nature, and no limit would change it.
func (a *adaptive) rest() {
	weight := longer
	if a.latency < a.unloaded {
		weight = shorter
	}
	a.unloaded += weight * (a.latency - a.unloaded)
}

// tolerated is the longest that answers may take.
func (a *adaptive) tolerated() float64 { return max(a.unloaded*tolerance, a.unloaded+slack) }

// adjust moves the limit of a target that is busy. What may be chance counts neither for it nor against it.
func (a *adaptive) adjust(tick, long bool) {
	a.unloaded = min(a.unloaded, a.latency+a.off)
	over := (a.latency - a.off) / a.tolerated()
	switch {
	case over > headroom && long, over > sudden && tick:
		a.doubt()
	case over > sudden:
		// Load or nature: the next tick will tell. To cut now would be to starve a target that has only become slower.
	case over > 1:
		a.limit = a.limit/over + a.step()
	case over > headroom:
		a.limit += a.ceiling.allow(a.limit, a.step())
	default:
		a.limit += a.ceiling.allow(a.limit, a.limit/2)
	}
}

// step is what the limit grows by where requests have begun to wait. It grows with the limit, but slower: of gateways that
// share a target the one with the smaller limit gains on the other.
func (a *adaptive) step() float64 { return math.Sqrt(a.limit) * 2 / 3 }
