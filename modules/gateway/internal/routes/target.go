package routes

import "net/url"

// Target is an upstream that serves a route.
type Target struct {
	At      *url.URL
	Version string
}

// Chosen are the upstreams of the versions that serve the route.
func (c *Compiled) Chosen() (targets []Target) {
	versions, err := parseChoice(c.Version)
	if err != nil {
		return nil // New has refused it
	}
	for _, i := range versions.of(c.Upstreams) {
		if at, err := c.Upstreams[i].parse(); err == nil {
			targets = append(targets, Target{at, c.Upstreams[i].Version})
		}
	}
	return targets
}

// Shares are the versions that serve the route with their shares, each version once. Without weights each has as many as it
// has upstreams.
func (c *Compiled) Shares() (shares []Weight) {
	given := make(map[string]int)
	for _, w := range c.Weights {
		given[w.Version] += w.Weight
	}
	at := make(map[string]int)
	for _, t := range c.Chosen() {
		i, known := at[t.Version]
		if !known {
			i, at[t.Version] = len(shares), len(shares)
			shares = append(shares, Weight{Version: t.Version, Weight: given[t.Version]})
		}
		if len(c.Weights) == 0 {
			shares[i].Weight++
		}
	}
	return shares
}
