package core

// Remembers reports whether a token would be looked up and not checked.
func (g *Gatekeeper) Remembers(token string) bool {
	c, d := g.cache, digestOf(token)
	c.mu.RLock()
	defer c.mu.RUnlock()
	_, young := c.young[d]
	_, old := c.old[d]
	return young || old
}

// Remembered is how many tokens the cache holds.
func (g *Gatekeeper) Remembered() int {
	g.cache.mu.RLock()
	defer g.cache.mu.RUnlock()
	return len(g.cache.young) + len(g.cache.old)
}
