package storage

// rest asks a writer to stand still between two transactions.
type rest struct {
	begun chan struct{} // closed by the writer when it stands still
	over  chan struct{} // closed by whoever asked when the writer may go on
}

func newRest() *rest { return &rest{begun: make(chan struct{}), over: make(chan struct{})} }

// askRest asks the writer to stand still before its next transaction, and reports false when another has asked
// already. The caller is inside the gate and calls endRest, whether or not the writer has come to rest by then.
func (d *DB) askRest(r *rest) bool {
	if !d.rest.CompareAndSwap(nil, r) {
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

func (d *DB) endRest(r *rest) {
	d.rest.Store(nil) // first, so that the writer does not meet the same rest again
	close(r.over)
}

// standStill is called by the writer between its transactions. It costs one load when nobody asks.
func (d *DB) standStill() {
	if r := d.rest.Load(); r != nil {
		close(r.begun)
		<-r.over
	}
}
