package cluster

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/memberlist"
)

// foundAfter is how long nodes that have joined each other may be without an id before one of them makes it.
const foundAfter = 5 * time.Second

// refusal is why a node was not let in; reason is a label of the metric.
type refusal struct{ reason, text string }

func (r refusal) Error() string { return r.text }

const (
	reasonForeign    = "other_cluster"
	reasonUnreadable = "unreadable"
	reasonUnjoined   = "not_joined"
	reasonGarbage    = "garbage"
)

// foreign is for a node of another cluster than this one's.
func (c *Cluster) foreign(id string) refusal {
	return refusal{reasonForeign, fmt.Sprintf("it belongs to cluster %s, and this node's data dir to cluster %s: use another data dir, or another seed",
		id, c.roster.own().cluster)}
}

// refuse counts a refusal and says so, seldom.
func (c *Cluster) refuse(err error, from string) {
	reason := reasonUnreadable
	if r, ok := err.(refusal); ok { //nolint:errorlint // never wrapped
		reason = r.reason
	}
	c.p.Metrics.refused.WithLabelValues(reason).Inc()
	c.lines.warn("refused "+reason, "node refused", "reason", err.Error(), "from", from)
}

// admit decides on one node that gossip tells of. A node without an id is on its way to get one. While this node has none
// and has not joined anybody, strangers are not let in: the id of the first of them would be its own for ever.
func (c *Cluster) admit(id string) error {
	own := c.roster.own().cluster
	switch {
	case id == "" || id == own:
		return nil
	case own != "":
		return c.foreign(id)
	case !c.Joined():
		return refusal{reasonUnjoined, "came by gossip before this node joined a cluster"}
	default:
		return c.adopt(id)
	}
}

// admitAll decides on all nodes that the other side of a join knows. Both sides ask, so both refuse.
func (c *Cluster) admitAll(nodes []*memberlist.Node) error {
	own := c.roster.own().cluster
	theirs := ""
	for _, n := range nodes {
		if n.Name == c.name || n.State == memberlist.StateDead || n.State == memberlist.StateLeft {
			continue
		}
		e, err := readNode(n)
		if err != nil {
			return err
		}
		switch {
		case e.cluster == "":
		case own != "" && e.cluster != own, theirs != "" && e.cluster != theirs:
			return c.foreign(e.cluster)
		default:
			theirs = e.cluster
		}
	}
	if own == "" && theirs != "" {
		return c.adopt(theirs)
	}
	return nil
}

// adopt makes id this node's own unless it has another. It is written to disk in the background.
func (c *Cluster) adopt(id string) error {
	var got string
	c.roster.edit(func(r *record) {
		if r.cluster == "" {
			r.cluster = id
		}
		got = r.cluster
	})
	if got != id {
		return c.foreign(id)
	}
	c.announce()
	c.changed.send()
	c.again.send() // whoever has the id may remember something
	return nil
}

// found makes an id for a cluster whose nodes all came with seeds and without one: the node with the lowest boot makes it.
func (c *Cluster) found() {
	own := c.roster.own()
	c.mu.Lock()
	wait := c.met.IsZero() || time.Since(c.met) < foundAfter
	c.mu.Unlock()
	if wait || own.cluster != "" {
		return
	}
	for _, e := range c.roster.all() {
		if e.boot < own.boot {
			return
		}
	}
	if err := c.adopt(newID()); err == nil {
		c.meet(true) // nobody can remember anything of a cluster that begins
		c.log.Info("no node has a cluster id, made one", "cluster", c.roster.own().cluster)
	}
}

// newID returns 16 letters and digits, which are 80 random bits.
func newID() string { return strings.ToLower(rand.Text())[:16] }

// firstID reads the id from the data folder; a node without seeds makes one when there is none.
func (c *Cluster) firstID() error {
	id, err := c.p.ID.Get()
	if err == nil && id == "" && len(c.seeds) == 0 {
		id, err = c.p.ID.Adopt(newID())
	}
	if err != nil {
		return fmt.Errorf("cluster id: %w", err)
	}
	if len(id) > maxID || !plain(id) {
		return fmt.Errorf("cluster id %q must have at most %d visible ASCII characters", id, maxID)
	}
	c.roster.edit(func(r *record) { r.cluster = id })
	return nil
}
