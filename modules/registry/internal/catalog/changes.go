package catalog

import (
	"slices"

	"holon/modules/registry"
)

// Changes are what has changed beyond a number, the latest last.
type Changes struct {
	// Seq is the number up to which this tells.
	Seq  uint64
	List []registry.Change
	// Snapshot says that this is from the beginning: what is not told is not there.
	Snapshot bool
	// More says that there are more, beyond Seq.
	More bool
}

// Seq is the number of the last change.
func (c *Catalog) Seq() uint64 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.seq
}

// Since returns limit changes beyond a number at most. Beyond 0, and beyond a number before the oldest goodbye, these are all
// instances that there are. Turned is closed when there is something new.
func (c *Catalog) Since(seq uint64, limit int) (now Changes, turned <-chan struct{}) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	now = Changes{Seq: c.seq}
	if seq == 0 || seq < c.floor || seq > c.seq {
		seq, now.Snapshot = 0, true
	}
	var news []*entry
	for at := c.latest.Back(); at != nil; at = at.Prev() {
		e := at.Value.(*entry)
		if e.seq <= seq {
			break
		}
		if e.instance != nil || !now.Snapshot {
			news = append(news, e)
		}
	}
	slices.Reverse(news)
	if len(news) > limit {
		news = news[:limit]
		now.Seq, now.More = news[limit-1].seq, true
	}
	now.List = make([]registry.Change, len(news))
	for i, e := range news {
		now.List[i] = registry.Change{Service: e.service, ID: e.id, Instance: e.instance}
	}
	return now, c.turned
}
