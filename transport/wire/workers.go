package wire

import (
	"sync"
	"sync/atomic"
)

// maxIdle is how many workers wait for work. A goroutine used again has its stack grown already, which for short calls
// costs more than the call.
const maxIdle = 256

// workers are the goroutines that run calls. There is always one for a call: how many calls there may be is for the
// limits to say.
type workers struct {
	tasks   chan *task
	idle    atomic.Int32
	running sync.WaitGroup
	once    sync.Once
}

func newWorkers() *workers { return &workers{tasks: make(chan *task)} }

// run lets a worker that waits, or a new one, run the task.
func (w *workers) run(t *task) {
	select {
	case w.tasks <- t:
	default:
		w.running.Go(func() { w.work(t) })
	}
}

func (w *workers) work(t *task) {
	for ok := true; ok; {
		t.run()
		if w.idle.Add(1) > maxIdle {
			w.idle.Add(-1)
			return
		}
		t, ok = <-w.tasks
		w.idle.Add(-1)
	}
}

// stop ends the workers. No connection is left that could bring a task.
func (w *workers) stop() {
	w.once.Do(func() { close(w.tasks) })
	w.running.Wait()
}
