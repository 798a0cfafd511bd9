package guard

import (
	"slices"
	"strings"
	"sync/atomic"

	"holon/modules/gateway/internal/limit"
)

// Crowd is how one target bears its load.
type Crowd struct {
	Target string `json:"target"`
	// Limit is how many requests it may have at once, by what it bears.
	Limit    int `json:"limit"`
	InFlight int `json:"in_flight"`
	Queued   int `json:"queued"`
	// Shed is how many requests were not let in.
	Shed uint64 `json:"shed"`
}

// refused counts those who were not let in.
type refused struct{ limited, shed atomic.Uint64 }

func (g *Guard) refusedAt(name string) *refused {
	if r, ok := g.refused.Load(name); ok {
		return r.(*refused)
	}
	r, _ := g.refused.LoadOrStore(name, new(refused))
	return r.(*refused)
}

// Limited is how many requests to a route, or to a service outside, came too often.
func (g *Guard) Limited(name string) uint64 { return g.refusedAt(name).limited.Load() }

// Shed is how many requests were not let in because there was no room at a target, as Crowds names it.
func (g *Guard) Shed(target string) uint64 { return g.refusedAt(target).shed.Load() }

// Forget ends what is known of a service outside that is no more.
func (g *Guard) Forget(service string) {
	g.targets.Delete("service:" + service)
	g.refused.Delete("service:" + service)
	g.refused.Delete(service)
}

// Crowds are the targets that were asked so far, by name.
func (g *Guard) Crowds() []Crowd {
	out := []Crowd{}
	g.targets.Range(func(name, c any) bool {
		s := c.(*limit.Concurrency).Snapshot()
		out = append(out, Crowd{Target: name.(string), Limit: s.Limit, InFlight: s.InFlight, Queued: s.Queued, Shed: g.Shed(name.(string))})
		return true
	})
	slices.SortFunc(out, func(a, b Crowd) int { return strings.Compare(a.Target, b.Target) })
	return out
}
