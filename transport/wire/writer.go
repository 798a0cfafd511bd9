package wire

import (
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// largeRoom is how few bytes must wait before another chunk is added, so that a chunk holds up small frames by
	// little more than its own size.
	largeRoom = maxPayload
	// trusted is how many bytes a caller writes itself since the peer was last heard. The network takes as many
	// without the peer reading; beyond, a write may block, and a caller must be able to leave.
	trusted = 64 << 10
	// turns is how often a caller writes what others have queued before the connection's own goroutine goes on.
	turns = 4
	// keepBuffer is the largest buffer that a connection at rest keeps for the next write.
	keepBuffer = 64 << 10
)

// writer gathers frames and writes them. Whoever adds a frame while nobody writes, writes all that has gathered by
// then; the others only add. At rest it costs one goroutine that sleeps.
type writer struct {
	nc      net.Conn
	limit   int
	metrics *Metrics
	broken  func(error)
	// gone is closed when the connection is dead; free wakes who waits for room.
	gone <-chan struct{}
	wake chan struct{}
	// large has a place for each message that may be under way in chunks.
	large chan struct{}
	// unheard counts the bytes written since the peer was last heard.
	unheard atomic.Int64
	// since is when the write under way began, 0 for none, in nanoseconds of epoch.
	since atomic.Int64
	epoch time.Time

	// mu is held for moments and never while writing. The connection's table of calls may be locked under it.
	mu      sync.Mutex
	pending []byte
	spare   []byte
	free    chan struct{}
	writing bool
	ending  bool
	dead    error
	// begun counts the bytes whose writing has begun: what lies beyond was never sent.
	begun uint64
}

// lock locks mu as soon as fewer than most bytes wait. It returns why it did not: the connection's end, or nil with
// ok false when leave was closed first.
func (w *writer) lock(leave <-chan struct{}, most int) (ok bool, dead error) {
	for {
		w.mu.Lock()
		if w.dead != nil {
			dead = w.dead
			w.mu.Unlock()
			return false, dead
		}
		if len(w.pending) < most {
			return true, nil
		}
		if w.free == nil {
			w.free = make(chan struct{})
		}
		free := w.free
		w.mu.Unlock()
		select {
		case <-free:
		case <-leave:
			return false, nil
		}
	}
}

// position is where in the stream the next frame begins. The caller holds mu.
func (w *writer) position() uint64 { return w.begun + uint64(len(w.pending)) }

// unlock unlocks mu and sees to it that what waits is written: by the caller, when it may and nobody else does.
func (w *writer) unlock(may bool) {
	if w.writing || (len(w.pending) == 0 && !w.ending) {
		w.mu.Unlock()
		return
	}
	w.writing = true
	may = may && w.unheard.Load()+int64(len(w.pending)) <= trusted
	w.mu.Unlock()
	if may {
		runtime.Gosched() // others that are about to add do so first: one write for all is what makes this fast
		if w.write(turns) {
			return
		}
	}
	w.wake <- struct{}{} // has room: only who set writing comes here
}

// post adds a frame without waiting, for goroutines that read. A peer that makes us answer without reading the answers
// ends here.
func (w *writer) post(k kind, id uint64, payload []byte) {
	w.mu.Lock()
	if w.dead != nil || w.ending {
		w.mu.Unlock()
		return
	}
	if len(w.pending) > 2*w.limit {
		w.mu.Unlock()
		w.broken(refuse(reasonFlood, "%d bytes wait to be written", 2*w.limit))
		return
	}
	w.pending = appendFrame(w.pending, k, id, payload)
	w.unlock(false)
}

// run writes what nobody else does, until the connection is dead.
func (w *writer) run() {
	for {
		select {
		case <-w.wake:
			for !w.write(turns) {
			}
		case <-w.gone:
			return
		}
	}
}

// write writes what waits, at most times times, and reports whether nothing was left. Then somebody else may write.
func (w *writer) write(times int) (done bool) {
	var written []byte
	for ; ; times-- {
		w.mu.Lock()
		if written != nil {
			w.spare = written[:0] // large as it may be: a busy connection that makes a new one each time does little else
		}
		if len(w.pending) == 0 || w.dead != nil {
			w.writing = false
			closing := w.ending && w.dead == nil
			w.mu.Unlock()
			if closing {
				w.closeWrite()
			}
			return true
		}
		if times == 0 {
			w.mu.Unlock()
			return false
		}
		written = w.pending
		w.pending, w.spare = w.spare, nil
		w.begun += uint64(len(written))
		w.letIn()
		w.mu.Unlock()
		if err := w.send(written); err != nil {
			w.broken(err)
		}
	}
}

func (w *writer) send(b []byte) error {
	w.unheard.Add(int64(len(b)))
	w.since.Store(int64(time.Since(w.epoch)) + 1)
	_, err := w.nc.Write(b)
	w.since.Store(0)
	w.metrics.out.Add(float64(len(b)))
	return err
}

// stalled returns how long the write under way has taken.
func (w *writer) stalled() time.Duration {
	since := w.since.Load()
	if since == 0 {
		return 0
	}
	return time.Since(w.epoch) - time.Duration(since)
}

// letIn wakes who waits for room. The caller holds mu.
func (w *writer) letIn() {
	if w.free != nil {
		close(w.free)
		w.free = nil
	}
}
