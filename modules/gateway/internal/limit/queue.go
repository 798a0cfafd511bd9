package limit

import "slices"

// waiter is a request that waits for its turn. Its fields are guarded by the lock of its Concurrency until done is closed,
// and never change after that.
type waiter struct {
	class  Class
	done   chan struct{}
	ticket Ticket // the zero one where it was refused
}

// queue are the requests that wait, the next one last: by class, and in a class the newest is next. Under a load that
// does not end the oldest have waited so long that their answer is worth least (adaptive LIFO, Maurer, Fail at Scale,
// ACM Queue 2015).
type queue []*waiter

// add puts a request into the queue, and returns whom it takes the place of when there are no more than size: the
// oldest of the least important, which may be nobody but itself.
func (q *queue) add(w *waiter, size int) (out *waiter) {
	at, _ := slices.BinarySearchFunc(*q, w.class, func(other *waiter, class Class) int {
		if other.class >= class {
			return -1
		}
		return 1
	})
	if len(*q) < size {
		*q = slices.Insert(*q, at, w)
		return nil
	}
	if at == 0 {
		return w // all are more important, or there is no queue
	}
	out = (*q)[0]
	copy((*q)[:at-1], (*q)[1:at])
	(*q)[at-1] = w
	return out
}

// next returns who is next, nil when nobody waits.
func (q queue) next() *waiter {
	if len(q) == 0 {
		return nil
	}
	return q[len(q)-1]
}

// remove takes a request out, and reports whether it was there.
func (q *queue) remove(w *waiter) bool {
	at := slices.Index(*q, w)
	if at < 0 {
		return false
	}
	*q = slices.Delete(*q, at, at+1)
	return true
}
