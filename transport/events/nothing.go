package events

import (
	"slices"
	"time"
)

// sideInDoubt is for how long nothing may have been taken before events that are known to be stuck by themselves are
// taken for a sign that nothing can be. A single key is not: asking about it costs no more than a rest.
const sideInDoubt = time.Minute

// tookNone reports whether every answer to a Publish is "not now".
func tookNone(failures []error) bool {
	return failures != nil && !slices.ContainsFunc(failures, func(failure error) bool {
		return failure == nil || verdictOf(failure) != notNow
	})
}

// nothingNow reports whether the subscriber's side can take nothing, as far as can be told from events of which it took
// none.
//
// It may be the side, and then the line rests, or these events alone, and then each is put off by itself while the others
// go on. What tells them apart is whether others were taken meanwhile. Of a single event one time is enough. Of several
// it may be a disk that had room for a few: they have the line rest once more, and are known for what they are the next
// time. So those that are stuck cost the others a pause or two, and a full disk is not asked about each event again and
// again.
func (l *line) nothingNow(sent []*item) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	several := len(sent) > 1
	rests := l.rest.on() || len(l.lanes.byKey) > 1 && time.Since(l.took) >= sideInDoubt
	for _, it := range sent {
		if it.rests == 0 && (several || !l.passed(it)) {
			rests = true
		}
	}
	if rests && !sent[0].probe { // a probe that is refused tells no more of its events than the rest did
		for _, it := range sent {
			if l.passed(it) {
				it.rests++
			}
		}
	}
	return rests
}

// passed reports whether others were taken since an item was put off last. The caller holds mu.
func (l *line) passed(it *item) bool { return !it.off.IsZero() && l.took.After(it.off) }
