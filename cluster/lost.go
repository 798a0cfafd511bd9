package cluster

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

const (
	// lostKept is how long the address of a lost node is tried again.
	lostKept = time.Hour
	maxLost  = 256
)

// lost holds the gossip addresses of nodes that went without a word. A partition never heals by itself: nodes that hold
// each other dead do not talk, so somebody has to dial.
type lost struct {
	mu sync.Mutex
	at map[string]time.Time
}

func newLost() *lost { return &lost{at: make(map[string]time.Time)} }

// note compares two views that follow each other.
func (l *lost) note(before, v *View, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range before.Nodes {
		if n.State != Draining && n.Gossip != "" && len(l.at) < maxLost {
			l.at[n.Gossip] = now
		}
	}
	for _, n := range v.Nodes {
		delete(l.at, n.Gossip)
	}
	for addr, at := range l.at {
		if now.Sub(at) > lostKept {
			delete(l.at, addr)
		}
	}
}

// add takes addresses from an earlier run as lost.
func (l *lost) add(now time.Time, addrs ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, addr := range addrs {
		if len(l.at) < maxLost {
			l.at[addr] = now
		}
	}
}

// pick returns up to n addresses at random.
func (l *lost) pick(n int, now time.Time) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.at, func(_ string, at time.Time) bool { return now.Sub(at) > lostKept })
	addrs := slices.Collect(maps.Keys(l.at))
	rand.Shuffle(len(addrs), func(i, j int) { addrs[i], addrs[j] = addrs[j], addrs[i] })
	return addrs[:min(n, len(addrs))]
}
