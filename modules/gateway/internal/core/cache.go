package core

import (
	"crypto/sha256"
	"sync"
	"time"

	"holon/transport/contract"
)

// digest stands for a token in a cache: a dump of the process's memory should not hold a list of good tokens.
type digest [sha256.Size]byte

// digestOf copies the token to where it costs nothing, unless it is a long one.
func digestOf(token string) digest {
	var b [1 << 10]byte
	return sha256.Sum256(append(b[:0], token...))
}

// entry is a token that was checked. It is good until its time or until its issuer's ring has its key no more.
type entry struct {
	principal contract.Principal
	ring      *ring
	keyID     string
	key       *key
	good      time.Time
}

// cache remembers what was found out, because that costs more than everything else the gateway does. It is two maps:
// when the young one is full it becomes the old one and the old one is forgotten, so that memory is bounded and what is
// used stays.
type cache[V any] struct {
	size int

	mu         sync.RWMutex
	young, old map[digest]V
}

func newCache[V any](size int) *cache[V] {
	return &cache[V]{size: size, young: make(map[digest]V), old: make(map[digest]V)}
}

func (c *cache[V]) get(d digest) (V, bool) {
	c.mu.RLock()
	v, young := c.young[d]
	if young {
		c.mu.RUnlock()
		return v, true
	}
	v, old := c.old[d]
	c.mu.RUnlock()
	if old {
		return c.rejuvenate(d)
	}
	return v, false
}

// rejuvenate looks again, under the lock: in between it may have been dropped or replaced.
func (c *cache[V]) rejuvenate(d digest) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v, young := c.young[d]; young {
		return v, true
	}
	v, old := c.old[d]
	if old {
		c.add(d, v)
	}
	return v, old
}

func (c *cache[V]) put(d digest, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(d, v)
}

func (c *cache[V]) drop(d digest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.young, d)
	delete(c.old, d)
}

func (c *cache[V]) add(d digest, v V) {
	if _, there := c.young[d]; !there && len(c.young) >= c.size {
		c.old, c.young = c.young, make(map[digest]V)
	}
	c.young[d] = v
}
