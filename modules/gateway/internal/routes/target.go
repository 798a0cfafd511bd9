package routes

import (
	"net/url"
	"strconv"

	"holon/transport/versions"
)

// Target is an instance that may serve a route.
type Target struct {
	// ID is the instance's among those of its route.
	ID      string
	At      *url.URL
	Version string
	// Last says that it is asked when no other is left.
	Last bool
}

// Fixed are the upstreams of a route that names them.
func (c *Compiled) Fixed() (targets []Target) {
	for i, u := range c.Upstreams {
		if at, err := u.parse(); err == nil {
			targets = append(targets, Target{ID: strconv.Itoa(i) + "~" + u.Version, At: at, Version: u.Version})
		}
	}
	return targets
}

// Choose returns the targets whose versions serve the route, and the share of each version, each once. Without weights a
// version has as many as it has targets that are not last, unless all are.
func (c *Compiled) Choose(all []Target) (chosen []Target, shares []Weight) {
	choice, err := versions.Parse(c.Version)
	if err != nil {
		return nil, nil // New has refused it
	}
	names := make([]string, len(all))
	for i, t := range all {
		names[i] = t.Version
	}
	for _, i := range choice.Of(names) {
		chosen = append(chosen, all[i])
	}
	return chosen, c.shares(chosen)
}

func (c *Compiled) shares(chosen []Target) (shares []Weight) {
	given := make(map[string]int)
	for _, w := range c.Weights {
		given[w.Version] += w.Weight
	}
	at, count := make(map[string]int), make(map[string]int)
	ready := false
	for _, t := range chosen {
		if _, known := at[t.Version]; !known {
			at[t.Version] = len(shares)
			shares = append(shares, Weight{Version: t.Version, Weight: given[t.Version]})
		}
		if !t.Last {
			count[t.Version]++
			ready = ready || len(c.Weights) == 0 || given[t.Version] > 0
		}
	}
	for i := range shares {
		switch s := &shares[i]; {
		case ready && count[s.Version] == 0:
			s.Weight = 0 // another version has somebody who is well
		case len(c.Weights) == 0:
			s.Weight = max(count[s.Version], 1)
		}
	}
	return shares
}
