package cluster

import (
	"net"
	"strconv"
	"time"

	"github.com/hashicorp/memberlist"
)

// delegate is what memberlist calls. NotifyJoin, NotifyUpdate, NotifyLeave and NotifyAlive run under its node lock: they
// copy and signal, and call nothing of memberlist.
type delegate struct{ c *Cluster }

// NodeMeta returns this node's metadata, which New has made sure is short enough.
func (d *delegate) NodeMeta(int) []byte { return d.c.roster.meta() }

// NotifyAlive refuses nodes of other clusters and those that say nothing readable.
func (d *delegate) NotifyAlive(n *memberlist.Node) error {
	if n.Name == d.c.name {
		return nil
	}
	e, err := readNode(n)
	if err == nil {
		err = d.c.admit(e.cluster)
	}
	if err != nil {
		// A node that was let in before it had an id, and took another one since, is no member any more.
		d.c.roster.drop(n.Name)
		d.c.news.send()
		d.c.refuse(err, address(n))
	}
	return err
}

// NotifyMerge looks at a whole cluster before it is merged with this one.
func (d *delegate) NotifyMerge(nodes []*memberlist.Node) error {
	if err := d.c.admitAll(nodes); err != nil {
		d.c.refuse(err, "")
		return err
	}
	return nil
}

func (d *delegate) NotifyJoin(n *memberlist.Node) { d.NotifyUpdate(n) }

func (d *delegate) NotifyUpdate(n *memberlist.Node) {
	if n.Name == d.c.name {
		d.c.roster.show(n.Meta)
		return
	}
	e, err := readNode(n)
	if err != nil {
		return // NotifyAlive has refused it
	}
	d.c.roster.put(n.Name, e)
	d.c.news.send()
}

func (d *delegate) NotifyLeave(n *memberlist.Node) {
	d.c.roster.drop(n.Name)
	d.c.news.send()
}

// NotifyMsg takes a broadcast of a home. It runs on the goroutine that reads packets.
func (d *delegate) NotifyMsg(b []byte) {
	m, ok := d.c.readHomes(b)
	if ok {
		d.c.tell(m.homes...)
	}
}

func (d *delegate) GetBroadcasts(overhead, limit int) [][]byte {
	return d.c.homes.queue.GetBroadcasts(overhead, limit)
}

// LocalState returns all homes, for a push/pull.
func (d *delegate) LocalState(bool) []byte {
	m := homeMessage{cluster: d.c.roster.own().cluster, from: d.c.name, homes: d.c.homes.everything()}
	return m.encode()
}

// MergeRemoteState takes a peer's homes; it is also how this node knows that a peer has answered. What was news is not
// broadcast: push/pulls come to all in time.
func (d *delegate) MergeRemoteState(b []byte, _ bool) {
	m, ok := d.c.readHomes(b)
	if !ok || m.from == d.c.name {
		return
	}
	d.c.homes.learn(time.Now(), m.homes...)
	d.c.meet(m.cluster != "")
}

// readHomes decodes what another node tells of homes and leaves out what comes from other clusters.
func (c *Cluster) readHomes(b []byte) (homeMessage, bool) {
	m, err := decodeHomes(b)
	if err != nil {
		c.refuse(refusal{reasonUnreadable, err.Error()}, "")
		return m, false
	}
	switch own := c.roster.own().cluster; {
	case m.cluster == "":
		m.homes = nil // it remembers nothing of this cluster
	case m.cluster != own:
		c.refuse(c.foreign(m.cluster), m.from)
		return m, false
	}
	return m, true
}

// meet notes that a peer has answered, and whether it is one that could remember something.
func (c *Cluster) meet(remembers bool) {
	c.mu.Lock()
	news := c.met.IsZero() || remembers && !c.heard
	if c.met.IsZero() {
		c.met = time.Now()
	}
	c.heard = c.heard || remembers
	c.mu.Unlock()
	if news {
		c.changed.send()
	}
}

// answered reports whether a peer of this cluster has told what it remembers.
func (c *Cluster) answered() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heard
}

// readNode decodes a node; nothing of n is kept but strings and numbers.
func readNode(n *memberlist.Node) (entry, error) {
	node, boot, err := splitName(n.Name)
	if err != nil {
		return entry{}, refusal{reasonUnreadable, err.Error()}
	}
	r, err := decodeRecord(n.Meta)
	if err != nil {
		return entry{}, refusal{reasonUnreadable, err.Error()}
	}
	return entry{record: r, node: node, boot: boot, gossip: address(n)}, nil
}

func address(n *memberlist.Node) string {
	return net.JoinHostPort(n.Addr.String(), strconv.Itoa(int(n.Port)))
}

var (
	_ memberlist.Delegate      = (*delegate)(nil)
	_ memberlist.EventDelegate = (*delegate)(nil)
	_ memberlist.MergeDelegate = (*delegate)(nil)
	_ memberlist.AliveDelegate = (*delegate)(nil)
)
