package core

import (
	"crypto"
	"time"
)

// NewGatekeeper returns a gatekeeper for holon's own tokens alone.
func NewGatekeeper(keys *Keyring, remembered int, now func() time.Time) *Gatekeeper {
	return New(Params{Keys: keys, Remembered: remembered, Now: now})
}

// Remembers reports whether a token would be looked up and not checked.
func (g *Gatekeeper) Remembers(token string) bool {
	c, d := g.cache, digestOf(token)
	c.mu.RLock()
	defer c.mu.RUnlock()
	_, young := c.young[d]
	_, old := c.old[d]
	return young || old
}

// Trusts reports whether a token would not be checked again: it is remembered and its key is what it was.
func (g *Gatekeeper) Trusts(token string) bool {
	e, ok := g.cache.get(digestOf(token))
	return ok && e.ring.holds(e.keyID, e.key, g.now())
}

// Remembered is how many tokens the cache holds.
func (g *Gatekeeper) Remembered() int { return g.cache.len() }

func (c *cache[V]) len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.young) + len(c.old)
}

// Remembered is how many good and refused keys are remembered, and how many questions are pending.
func (p *Programs) Remembered() (good, refused, pending int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.good.len(), p.refused.len(), len(p.pending)
}

// ParseJWKS is parseJWKS with what matters of its answer.
func ParseJWKS(raw []byte, algorithms []string) (keys map[string]crypto.PublicKey, skipped int, err error) {
	s, err := parseJWKS(raw, algorithms)
	keys = make(map[string]crypto.PublicKey)
	for id, k := range s.keys {
		keys[id] = k.public
	}
	return keys, s.skipped, err
}

// Forget empties the gatekeeper's cache.
func (g *Gatekeeper) Forget() { g.cache = newCache[entry](g.cache.size) }
