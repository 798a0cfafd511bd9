package core

import (
	"maps"
	"time"
)

// keyset is an answer to the question for an issuer's keys.
type keyset struct {
	keys map[string]*key
	// asked is when the question was put: a key taken back since then may still be among them.
	asked time.Time
	// skipped is how many keys were of no use.
	skipped int
	// raw is the answer as it came, for a shelf that keeps that.
	raw []byte
}

// after returns the set as it follows another, and whether it has the same keys. A key that is in both stays the very
// same one, by which tokens that were checked know it again.
func (s keyset) after(old *keyset) (next *keyset, same bool) {
	if old == nil {
		return &s, false
	}
	keys := maps.Clone(s.keys)
	same = len(keys) == len(old.keys)
	for id, k := range keys {
		if before, ok := old.keys[id]; ok && before.equal(k) {
			keys[id] = before
		} else {
			same = false
		}
	}
	s.keys = keys
	return &s, same
}

// shelf is where a ring keeps its last good answer between starts.
type shelf interface {
	// read returns an empty set where nothing was kept.
	read() (keyset, error)
	// write replaces what was kept in one step.
	write(s keyset) error
}
