package events

import (
	"container/heap"
	"slices"
	"time"
)

// lanesLimit is how many open deliveries of one subscriber are kept in memory; the rest waits on disk. A retrying
// event holds back its key alone as long as no more than this wait behind retrying ones.
const lanesLimit = 65536

// payloadLimit is how many of them keep their event at hand. Others are read again when their turn comes.
const payloadLimit = 16384

// item is a delivery in its lane.
type item struct {
	Delivery
	// off is when it was last put off: not refused, to come again. rests counts how often that was while others were taken.
	off   time.Time
	rests int
	// probe says that it is under way, the first of its batch, to find out whether a rest is over.
	probe bool
	// removed says that the delivery was dropped while it was in flight.
	removed bool
}

// lanes keep one subscriber's open deliveries in order: those of a key one after the other, keys side by side. A lane's
// head is in one of three places: ready, waiting for its time, or in flight. Not safe for concurrent use.
type lanes struct {
	limit int
	// byKey holds each key's deliveries, the head first.
	byKey map[string][]*item
	// Heads that are due: first-comers, and those that were refused before.
	ready, tried heads
	waiting      byDue
	size         int
	loaded       int // items that hold their event
}

func newLanes(limit int) *lanes { return &lanes{limit: limit, byKey: make(map[string][]*item)} }

// full reports whether add would go over the limit.
func (l *lanes) full() bool { return l.size >= l.limit }

// add puts a delivery at the end of its lane.
func (l *lanes) add(d Delivery) {
	if d.Event != nil {
		if l.loaded >= payloadLimit {
			d.Event = nil
		} else {
			l.loaded++
		}
	}
	it := &item{Delivery: d}
	l.size++
	l.byKey[d.Key] = append(l.byKey[d.Key], it)
	if len(l.byKey[d.Key]) == 1 {
		l.stand(it)
	}
}

// stand puts a lane's head where it belongs.
func (l *lanes) stand(it *item) {
	if !it.Due.IsZero() {
		heap.Push(&l.waiting, it)
		return
	}
	l.queue(it)
}

// queue puts a head that is due in the line of its kind.
func (l *lanes) queue(it *item) {
	if it.Attempts == 0 {
		l.ready.add(it)
		return
	}
	l.tried.add(it)
}

// take returns heads that are due and leaves them in flight: up to n that were never refused, and up to m that were.
func (l *lanes) take(now time.Time, n, m int) (fresh, tried []*item) {
	for len(l.waiting) > 0 && !l.waiting[0].Due.After(now) {
		l.queue(heap.Pop(&l.waiting).(*item))
	}
	return l.ready.take(n), l.tried.take(m)
}

// next returns when the first waiting head is due, false when none waits.
func (l *lanes) next() (time.Time, bool) {
	if len(l.waiting) == 0 {
		return time.Time{}, false
	}
	return l.waiting[0].Due, true
}

// done ends an item that was in flight, and lets its key go on.
func (l *lanes) done(it *item) {
	if it.Event != nil {
		l.loaded--
	}
	l.size--
	lane := l.byKey[it.Key]
	if len(lane) == 1 {
		delete(l.byKey, it.Key)
		return
	}
	lane[0] = nil
	l.byKey[it.Key] = lane[1:]
	l.stand(lane[1])
}

// later puts an item that was in flight back to the head of its lane, to be taken at its time.
func (l *lanes) later(it *item, due time.Time) {
	if it.removed {
		l.done(it)
		return
	}
	it.Due = due
	l.stand(it)
}

// revive makes those of the deliveries due at once that wait here, with their past forgotten, and returns the ids of all
// that are here. One that was put off stands with those that were not: it is asked for. One that is behind another,
// ready or in flight stays where it is.
func (l *lanes) revive(asked map[int64]bool) (ids map[int64]bool) {
	ids = make(map[int64]bool, l.size)
	here := make(map[*item]bool)
	for _, lane := range l.byKey {
		for _, it := range lane {
			ids[it.ID] = true
			if asked[it.ID] {
				here[it] = true
				it.Attempts = 0
			}
		}
	}
	l.waiting = slices.DeleteFunc(l.waiting, func(it *item) bool {
		if here[it] {
			l.ready.first = append(l.ready.first, it)
		}
		return here[it]
	})
	heap.Init(&l.waiting)
	for it := range here {
		it.Due = time.Time{}
	}
	return ids
}

// hurry makes those due that wait because they were put off, and not because they were refused.
func (l *lanes) hurry() {
	l.waiting = slices.DeleteFunc(l.waiting, func(it *item) bool {
		if it.Attempts == 0 {
			l.queue(it)
		}
		return it.Attempts == 0
	})
	heap.Init(&l.waiting)
}

// remove forgets deliveries by id. One that is in flight holds its key until it has landed.
func (l *lanes) remove(ids map[int64]bool) {
	here := make(map[*item]bool) // heads that are not in flight
	for _, due := range [][]*item{l.ready.first, l.ready.late, l.tried.first, l.tried.late, l.waiting} {
		for _, it := range due {
			here[it] = true
		}
	}
	gone := func(it *item) bool { return ids[it.ID] && here[it] }
	l.ready.remove(gone)
	l.tried.remove(gone)
	l.waiting = slices.DeleteFunc(l.waiting, gone)
	heap.Init(&l.waiting)
	for key, lane := range l.byKey {
		head := lane[0]
		kept := lane[:0]
		for i, it := range lane {
			switch {
			case !ids[it.ID]:
				kept = append(kept, it)
			case i == 0 && !here[it]:
				it.removed = true
				kept = append(kept, it)
			default:
				if it.Event != nil {
					l.loaded--
				}
				l.size--
			}
		}
		clear(lane[len(kept):])
		switch {
		case len(kept) == 0:
			delete(l.byKey, key)
			continue
		case kept[0] != head:
			l.stand(kept[0])
		}
		l.byKey[key] = kept
	}
}
