package cluster

import (
	"slices"
	"strings"
	"time"
)

// togetherWithin is how long before the last peer others may have been lost to count as lost with it.
const togetherWithin = 30 * time.Second

// never is long enough for a timer that nobody waits for.
const never = 24 * time.Hour

// stale remembers nodes that went without a word, for the case that all of them do: then most likely it is this node
// that cannot hear, and the last known addresses are better than none.
type stale struct {
	gone map[string]goneNode // by node name
	// since is when the last peer was lost, zero while there is one.
	since time.Time
}

type goneNode struct {
	Node
	at time.Time
}

// mark puts the stale nodes into v, the view after before. It returns how long that view holds by itself.
func (s *stale) mark(before, v *View, now time.Time, maxStale time.Duration) time.Duration {
	if s.gone == nil {
		s.gone = make(map[string]goneNode)
	}
	for _, n := range before.Nodes {
		// A node that was draining has left on purpose.
		if _, here := v.Node(n.Name); !here && n.State != Draining && n.Name != v.Self.Name {
			s.gone[n.Name] = goneNode{n, now}
		}
	}
	for name, n := range s.gone {
		if _, here := v.Node(name); here || now.Sub(n.at) > maxStale+togetherWithin {
			delete(s.gone, name)
		}
	}
	if v.Peers() > 0 {
		s.since = time.Time{}
		return never
	}
	if s.since.IsZero() {
		s.since = now
	}
	left := maxStale - now.Sub(s.since)
	if left <= 0 {
		return never
	}
	for _, n := range s.gone {
		if s.since.Sub(n.at) <= togetherWithin {
			v.Stale = append(v.Stale, n.Node)
		}
	}
	slices.SortFunc(v.Stale, func(a, b Node) int { return strings.Compare(a.Name, b.Name) })
	return left
}
