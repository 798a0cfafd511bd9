package lease

import "time"

// GuardState is whether leases whose time is over are kept, for people and metrics.
type GuardState struct {
	Holding bool
	// Since is when it began to hold, by the wall clock; zero where it does not.
	Since time.Time
	// Overdue are the leases whose time is over, Total all there are.
	Overdue, Total int
}

// guard decides whether leases end.
//
// It looks ahead. Heartbeats are spread, so when all stop, leases fall due one after the other over a third of the TTL or
// more, and whoever counts those that are due has lost many before there are too many. But who beats as it was told, every
// third of its TTL, is never silent for half of it: a lease that is has missed a heartbeat by half as much again. When all
// stop, all are silent a sixth of the TTL before the first falls due. So at the first that does, the number of silent ones
// tells what is going on, and nothing has been lost. If a part is dead, that part is silent and no more, and goes in time.
// Who beats too seldom, at any interval up to the TTL, is silent for less than half of it, so even many of those
// do not make a majority unless they beat together.
//
// It looks back over a window as well: what ended in it is counted among the silent and the whole. Otherwise heartbeats that
// fail bit by bit, over a few TTLs, would never be many at once.
//
// It holds when something is due and of all of these more than half are silent, at least the minimum. What falls due is then
// kept. It ends when that has no longer been so for a window, or is told to. Then who was overdue has half of its TTL,
// counted from when things began to look well, for the heartbeat that now can come. Without that a half that is not yet
// back would end at the moment the other half is.
//
// What it costs: when most really are dead, they stay until somebody releases them. Leases of an hour are not silent for
// half an hour: where they are the most, those of ten seconds are without a guard.
type guard struct {
	window time.Duration
	min    int

	holding bool
	since   time.Time
	// well says that things look well while it holds, resumed since when they did, or did at its last end.
	well    bool
	resumed time.Duration
}

// silent reports whether a lease has missed a heartbeat.
func (l *lease) silent(now time.Duration) bool { return l.deadline-now < l.ttl()/2 }

// judge looks at so many leases, of which some are silent and of those some due, beside those that ended within the window,
// and reports whether it has begun or ended to hold.
func (g *guard) judge(total, silent, due, ended int, now time.Duration) (changed bool) {
	lost := silent + ended
	alarming := lost >= g.min && 2*lost > total+ended
	switch {
	case !g.holding:
		g.holding, g.well = alarming && due > 0, false
		return g.holding
	case alarming:
		g.well = false
	case !g.well:
		g.well, g.resumed = true, now
	case now-g.resumed >= g.window:
		g.holding = false
		return true
	}
	return false
}

// ends reports whether a lease that is due ends.
func (g *guard) ends(l *lease, now time.Duration) bool {
	return !g.holding && now >= g.resumed+l.ttl()/2
}
