package guard

import (
	"slices"
	"strings"

	"holon/modules/gateway/internal/limit"
)

// Crowd is how one target bears its load.
type Crowd struct {
	Target string `json:"target"`
	// Limit is how many requests it may have at once, by what it bears.
	Limit    int `json:"limit"`
	InFlight int `json:"in_flight"`
	Queued   int `json:"queued"`
}

// Crowds are the targets that were asked so far, by name.
func (g *Guard) Crowds() []Crowd {
	out := []Crowd{}
	g.targets.Range(func(name, c any) bool {
		s := c.(*limit.Concurrency).Snapshot()
		out = append(out, Crowd{Target: name.(string), Limit: s.Limit, InFlight: s.InFlight, Queued: s.Queued})
		return true
	})
	slices.SortFunc(out, func(a, b Crowd) int { return strings.Compare(a.Target, b.Target) })
	return out
}
