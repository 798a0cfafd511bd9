package storage

// pause asks a writer to stand still between two transactions.
type pause struct {
	begun chan struct{} // closed by the writer when it stands still
	over  chan struct{} // closed by whoever asked when the writer may go on
}

func newPause() *pause { return &pause{begun: make(chan struct{}), over: make(chan struct{})} }

// askPause asks the writer to stand still before its next transaction, and reports false when another has asked
// already. The caller is inside the gate and calls endPause, whether or not the writer stands still by then.
func (d *DB) askPause(p *pause) bool {
	if !d.pause.CompareAndSwap(nil, p) {
		return false
	}
	// A writer without work is woken by a request that it has nothing to do for. With a full queue it is not without.
	nudge := &request{}
	nudge.state.Store(abandoned)
	select {
	case d.queue <- nudge:
	default:
	}
	return true
}

func (d *DB) endPause(p *pause) {
	d.pause.Store(nil) // first, so that the writer does not meet the same pause again
	close(p.over)
}

// standStill is called by the writer between its transactions. It costs one load when nobody asks.
func (d *DB) standStill() {
	if p := d.pause.Load(); p != nil {
		close(p.begun)
		<-p.over
	}
}
