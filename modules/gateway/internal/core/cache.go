package core

import (
	"crypto/sha256"
	"sync"
	"time"

	"holon/transport/contract"
)

// digest stands for a token in the cache: a dump of the process's memory should not hold a list of good tokens.
type digest [sha256.Size]byte

func digestOf(token string) digest { return sha256.Sum256([]byte(token)) }

// entry is a token that was checked. It is good until its time or until its key is gone.
type entry struct {
	principal contract.Principal
	keyID     string
	good      time.Time
}

// cache remembers tokens that were checked, because checking one costs more than everything else the gateway does.
// It is two maps: when the young one is full it becomes the old one and the old one is forgotten, so that memory is
// bounded and what is used stays.
type cache struct {
	size int

	mu         sync.RWMutex
	young, old map[digest]entry
}

func newCache(size int) *cache {
	return &cache{size: size, young: make(map[digest]entry), old: make(map[digest]entry)}
}

func (c *cache) get(d digest) (entry, bool) {
	c.mu.RLock()
	e, young := c.young[d]
	if young {
		c.mu.RUnlock()
		return e, true
	}
	e, old := c.old[d]
	c.mu.RUnlock()
	if old {
		c.put(d, e)
	}
	return e, old
}

func (c *cache) put(d digest, e entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.young) >= c.size {
		c.old, c.young = c.young, make(map[digest]entry)
	}
	c.young[d] = e
}
