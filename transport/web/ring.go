package web

import (
	"slices"
	"time"
)

// ring holds the last requests of one kind; its memory does not grow.
type ring struct {
	kept [keptRequests]Request
	// next is where the next one goes, n how many there are behind it.
	next, n int
}

func (r *ring) add(q Request) {
	r.kept[r.next] = q
	r.next = (r.next + 1) % len(r.kept)
	r.n = min(r.n+1, len(r.kept))
}

// drop forgets those that ended up before a time. They are about in the order of their ends: one that began before and
// took long stays as long as those that ended before it.
func (r *ring) drop(before time.Time) {
	for r.n > 0 {
		last := (r.next - r.n + len(r.kept)) % len(r.kept)
		if q := r.kept[last]; !q.Time.Add(q.Took).Before(before) {
			return
		}
		r.kept[last] = Request{}
		r.n--
	}
}

// all returns them, oldest first.
func (r *ring) all() []Request {
	out := make([]Request, 0, r.n)
	for i := range r.n {
		out = append(out, r.kept[(r.next-r.n+i+len(r.kept))%len(r.kept)])
	}
	return out
}

// choose returns the requests that a filter wants, newest first.
func (f Filter) choose(kinds ...[]Request) []Request {
	out := slices.DeleteFunc(slices.Concat(kinds...), func(q Request) bool {
		return f.Kind != "" && f.Kind != q.Kind || f.Route != "" && f.Route != q.Route || f.TraceID != "" && f.TraceID != q.TraceID
	})
	slices.SortStableFunc(out, func(a, b Request) int { return b.Time.Compare(a.Time) })
	if f.Limit > 0 && len(out) > f.Limit {
		out = out[:f.Limit]
	}
	for i := range out {
		out[i].Calls = slices.Clone(out[i].Calls)
	}
	return out
}
