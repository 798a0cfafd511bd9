package cluster

import (
	"time"

	"github.com/hashicorp/memberlist"
)

// broadcast is one home on its way to all; a newer word on the same module takes its place in the queue.
type broadcast struct {
	name string
	msg  []byte
}

func (b *broadcast) Invalidates(other memberlist.Broadcast) bool {
	o, ok := other.(*broadcast)
	return ok && o.name == b.name
}

func (b *broadcast) Name() string    { return b.name }
func (b *broadcast) Message() []byte { return b.msg }
func (b *broadcast) Finished()       {}

var _ memberlist.NamedBroadcast = (*broadcast)(nil)

// tell learns homes and passes on what was news: to gossip everybody hands on what he did not know.
func (c *Cluster) tell(homes ...claimed) {
	for _, h := range c.homes.learn(time.Now(), homes...) {
		c.spread(h)
	}
}

func (c *Cluster) spread(h claimed) {
	kind := "home "
	if h.pending {
		kind = "claim "
	}
	own := c.roster.own()
	m := homeMessage{cluster: own.cluster, from: c.name, homes: []claimed{h}}
	c.homes.queue.QueueBroadcast(&broadcast{name: kind + h.Module, msg: m.encode()})
}
