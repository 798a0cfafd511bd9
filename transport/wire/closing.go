package wire

import "time"

// end closes this direction once all is written.
func (w *writer) end() {
	w.mu.Lock()
	if w.dead != nil || w.ending {
		w.mu.Unlock()
		return
	}
	w.ending = true
	w.unlock(false)
}

// closeWrite says that nothing follows. What was written before still arrives; closing at once could destroy it, when
// the peer has sent something that nobody reads any more.
func (w *writer) closeWrite() {
	half, ok := w.nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		w.broken(errClosed)
		return
	}
	if err := w.nc.SetReadDeadline(time.Now().Add(lastRead)); err != nil {
		w.broken(err)
	}
}

// fail ends all writing; begun does not change any more.
func (w *writer) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead == nil {
		w.dead = err
		w.letIn()
	}
}

// rest lets go, now and then, of memory that a connection needs only while it is busy.
func (w *writer) rest() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if cap(w.spare) > keepBuffer {
		w.spare = nil
	}
	if cap(w.pending) > keepBuffer && len(w.pending) == 0 {
		w.pending = nil
	}
}
