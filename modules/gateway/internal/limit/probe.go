package limit

// helps is the part that the latency has to fall to for halving the limit to have been of use.
const helps = 0.8

// probe is a measurement of the latency without load, under load. The limit is halved; where requests wait in the target,
// half as many wait half as long, and it is halved again. When that has been of no use, what is measured is the target's
// own time. This finds the knee of the curve (Kleinrock, Power and Deterministic Rules of Thumb, 1979) by trying.
type probe struct {
	on bool
	// settled is set after the first window, in which other gateways may not have begun yet.
	settled bool
	// limit and latency are those before the measurement, last is the latency before its last step.
	limit, latency, last float64
}

// doubt begins a measurement.
func (a *adaptive) doubt() {
	a.probe = probe{on: true, limit: a.limit, latency: a.latency - a.off}
	a.halve()
}

func (a *adaptive) halve() {
	a.probe.last = a.latency
	a.limit = max(a.limit/2, a.min)
}

// measure takes the next step of a measurement. Its end sets the limit to what the target bears in the tolerated time: the
// requests it had, divided by the time they took, are its throughput (Little's law), and that times the tolerated time
// is how many there may be.
func (a *adaptive) measure() {
	p := &a.probe
	switch {
	case !p.settled:
		p.settled = true
	case a.latency+a.off < p.last*helps:
		a.halve()
	default:
		p.on = false
		a.unloaded = a.latency
		a.limit = p.limit * min(a.tolerated()/p.latency, 1)
	}
}
