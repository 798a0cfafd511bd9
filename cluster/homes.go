package cluster

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

// pendingKept is how long a claim that is not settled yet is kept once its node is not in the cluster. A claim may come
// before the news of its node.
const pendingKept = 10 * time.Second

// pending is a claim that is being settled somewhere, and when this node heard of it.
type pending struct {
	Home
	heard time.Time
}

// homes is what this node knows of homes: those that are settled, which it remembers for ever, and claims on their way.
// Its mutex is taken inside memberlist's callbacks.
type homes struct {
	changed *signal
	queue   memberlist.TransmitLimitedQueue

	mu      sync.Mutex
	settled map[string]Home
	pending map[string]pending
}

func newHomes(changed *signal, nodes func() int) *homes {
	return &homes{changed: changed, settled: make(map[string]Home), pending: make(map[string]pending),
		queue: memberlist.TransmitLimitedQueue{NumNodes: nodes, RetransmitMult: 4}}
}

// learn merges what came from elsewhere or was decided here, and returns what was news.
func (t *homes) learn(now time.Time, from ...claimed) []claimed {
	t.mu.Lock()
	defer t.mu.Unlock()
	var news []claimed
	for _, h := range from {
		if h.pending {
			if t.learnPending(h.Home, now) {
				news = append(news, h)
			}
			continue
		}
		if _, ok := t.settled[h.Module]; !ok && len(t.settled) >= maxHomes {
			continue
		}
		if len(mergeHomes(t.settled, h.Home)) > 0 {
			news = append(news, h)
		}
		if p, ok := t.pending[h.Module]; ok && p.sameRun(h.Home) {
			delete(t.pending, h.Module)
		}
	}
	if len(news) > 0 {
		t.changed.send()
	}
	return news
}

func (t *homes) learnPending(h Home, now time.Time) bool {
	if s, ok := t.settled[h.Module]; ok && s.sameRun(h) {
		return false // it is settled by now
	}
	old, ok := t.pending[h.Module]
	if ok && h.compare(old.Home) >= 0 || !ok && len(t.pending) >= maxHomes {
		return false
	}
	t.pending[h.Module] = pending{Home: h, heard: now}
	return true
}

// look returns what is known of one module.
func (t *homes) look(module string) (settled Home, has bool, claim Home, claims bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	settled, has = t.settled[module]
	p, claims := t.pending[module]
	return settled, has, p.Home, claims
}

// withdraw forgets a claim of this node that came to nothing.
func (t *homes) withdraw(h Home) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p, ok := t.pending[h.Module]; ok && p.sameRun(h) {
		delete(t.pending, h.Module)
	}
}

// sweep forgets claims whose node is gone, so that others need not wait for them.
func (t *homes) sweep(now time.Time, alive func(node, boot string) bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for module, p := range t.pending {
		if now.Sub(p.heard) > pendingKept && !alive(p.Node, p.Boot) {
			delete(t.pending, module)
		}
	}
}

// list returns the settled homes by module.
func (t *homes) list() []Home {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.SortedFunc(maps.Values(t.settled), func(a, b Home) int { return strings.Compare(a.Module, b.Module) })
}

// everything returns all that is told in a push/pull.
func (t *homes) everything() []claimed {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]claimed, 0, len(t.settled)+len(t.pending))
	for _, h := range t.settled {
		out = append(out, claimed{Home: h})
	}
	for _, p := range t.pending {
		out = append(out, claimed{Home: p.Home, pending: true})
	}
	return out
}
