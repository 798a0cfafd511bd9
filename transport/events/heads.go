package events

import "slices"

// lateShare is how many are taken for each that was put off before, as long as there are both kinds.
const lateShare = 4

// heads are those of lanes that are due, in the order they became so. Those that were put off before stand apart: what has
// kept them may keep them still, and must not keep those behind them. As it may also be over, every fourth is one of them.
type heads struct {
	first, late []*item
	taken       int
}

func (h *heads) add(it *item) {
	if it.off.IsZero() {
		h.first = append(h.first, it)
		return
	}
	h.late = append(h.late, it)
}

// take returns up to n of them.
func (h *heads) take(n int) []*item {
	out := make([]*item, 0, min(n, len(h.first)+len(h.late)))
	for len(out) < cap(out) {
		from := &h.first
		if len(h.late) > 0 && (len(h.first) == 0 || h.taken%lateShare == lateShare-1) {
			from = &h.late
		}
		h.taken++
		out = append(out, pop(from))
	}
	return out
}

// remove takes out those that are gone.
func (h *heads) remove(gone func(*item) bool) {
	h.first = slices.DeleteFunc(h.first, gone)
	h.late = slices.DeleteFunc(h.late, gone)
}

// pop takes the first of some items.
func pop(items *[]*item) *item {
	it := (*items)[0]
	(*items)[0] = nil
	if *items = (*items)[1:]; len(*items) == 0 {
		*items = nil // lets go of the array that the slice has walked through
	}
	return it
}
