package catalog

import (
	"container/list"
	"reflect"
	"sync"

	"holon/modules/registry"
)

// maxGone is how many goodbyes are remembered. Whoever asks for changes before the oldest of them gets all there is.
const maxGone = 8192

// Catalog is safe for concurrent use.
type Catalog struct {
	mu sync.RWMutex
	// seq is the number of the last change. It begins at 1: 0 is that of somebody who knows nothing, and who would, of a
	// catalogue that is empty, otherwise be told so without end.
	seq      uint64
	services map[string]map[string]*entry
	gone     map[key]*entry
	// latest has every entry in the order of their changes.
	latest *list.List
	// floor is the number up to which goodbyes are forgotten.
	floor uint64
	// turned is closed at the next change.
	turned chan struct{}
}

type key struct{ service, id string }

// entry is how an instance is, or that it is gone.
type entry struct {
	key
	instance *registry.Instance // never changed; nil when it is gone
	seq      uint64
	at       *list.Element
}

// New returns an empty catalogue.
func New() *Catalog {
	return &Catalog{
		seq: 1, services: make(map[string]map[string]*entry), gone: make(map[key]*entry), latest: list.New(), turned: make(chan struct{}),
	}
}

// Set says how an instance is now; nil says that it is gone. What says nothing new changes nothing. The instance is the
// catalogue's from then on.
func (c *Catalog) Set(service, id string, now *registry.Instance) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.services[service][id]
	switch {
	case e == nil && now == nil:
		return
	case e != nil && now != nil && reflect.DeepEqual(*e.instance, *now):
		return
	case e != nil && now == nil:
		c.remove(e)
	case e == nil:
		e = c.add(key{service, id})
	}
	c.seq++
	e.instance, e.seq = now, c.seq
	if e.at != nil {
		c.latest.MoveToBack(e.at)
	} else {
		e.at = c.latest.PushBack(e)
	}
	c.forget()
	close(c.turned)
	c.turned = make(chan struct{})
}

func (c *Catalog) add(k key) *entry {
	e := c.gone[k]
	if e == nil {
		e = &entry{key: k}
	}
	delete(c.gone, k)
	if c.services[k.service] == nil {
		c.services[k.service] = make(map[string]*entry)
	}
	c.services[k.service][k.id] = e
	return e
}

func (c *Catalog) remove(e *entry) {
	c.gone[e.key] = e
	delete(c.services[e.service], e.id)
	if len(c.services[e.service]) == 0 {
		delete(c.services, e.service)
	}
}

// forget drops the oldest goodbyes beyond what is kept.
func (c *Catalog) forget() {
	for at := c.latest.Front(); at != nil && len(c.gone) > maxGone; {
		e, next := at.Value.(*entry), at.Next()
		if e.instance == nil {
			c.latest.Remove(at)
			delete(c.gone, e.key)
			c.floor = e.seq
		}
		at = next
	}
}
