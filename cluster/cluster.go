package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/kit/sd"
	"github.com/hashicorp/memberlist"
)

// Cluster is this node's part in the cluster. Alone it is a cluster of one.
type Cluster struct {
	p     Params
	log   *slog.Logger
	name  string // node~boot, the gossip name
	seeds []seed

	roster *roster
	feed   *feed
	homes  *homes
	lost   *lost
	stale  stale
	// news wakes what makes views out of the roster; changed wakes what acts upon views, homes and joins.
	news, changed *signal
	// again has the cluster joined anew at once.
	again      *signal
	lines      *lines
	announcing announcing
	rounds     atomic.Uint64 // attempts to join
	disk       onDisk
	faults     chan error
	lookup     func(ctx context.Context, host string) ([]string, error)

	list      *memberlist.Memberlist
	transport memberlist.Transport
	addr      string
	group     sync.WaitGroup
	announcer sync.WaitGroup
	cancel    context.CancelFunc
	done      chan struct{} // closed when the goroutines are to end
	ended     chan struct{} // closed when all is over

	mu         sync.Mutex
	stage      stage
	met        time.Time // first answer of a peer
	heard      bool      // a peer of this cluster has told what it remembers
	joinErr    error
	settled    map[string]Home // homes of this node
	instancers map[string]*instancer
}

type stage int

const (
	fresh stage = iota
	running
	stopping
)

// New checks the parameters. It opens nothing and starts nothing.
func New(p Params) (*Cluster, error) {
	if err := p.complete(); err != nil {
		return nil, err
	}
	names, err := p.hashes()
	if err != nil {
		return nil, err
	}
	own, err := p.record()
	if err != nil {
		return nil, err
	}
	seeds, err := parseSeeds(p.Seeds)
	if err != nil {
		return nil, err
	}
	c := &Cluster{p: p, log: p.Log, name: gossipName(p.Node, p.Boot), seeds: seeds,
		roster: newRoster(entry{record: own, node: p.Node, boot: p.Boot}, names),
		lost:   newLost(), news: newSignal(), changed: newSignal(), again: newSignal(), lines: newLines(p.Log, p.Metrics),
		faults: make(chan error, 8), lookup: lookupHost, cancel: func() {}, done: make(chan struct{}), ended: make(chan struct{}),
		settled: make(map[string]Home), instancers: make(map[string]*instancer)}
	c.feed = newFeed(c.roster.view())
	c.homes = newHomes(c.changed, func() int { return c.roster.peers() + 1 })
	c.announcing.wake = newSignal()
	return c, nil
}

// View returns the present view.
func (c *Cluster) View() *View { return c.feed.view() }

// Watch returns a channel with the present view and each newer one, and a function that ends it. Who reads slowly gets the
// newest view and misses those before. The channel is closed when it is ended and when the cluster is left.
func (c *Cluster) Watch() (<-chan *View, func()) { return c.feed.watch() }

// Instancer returns the instances of a module for go-kit, as strings of the form node~boot@addr;state.
func (c *Cluster) Instancer(module string) sd.Instancer {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := c.instancers[module]
	if i == nil {
		i = newInstancer(module, c.feed)
		c.instancers[module] = i
	}
	return i
}

// Homes returns the homes that are known, by module, also those whose node is gone.
func (c *Cluster) Homes() []Home { return c.homes.list() }

// Fault returns what makes it wrong for this node to go on: *DoubleError, *SupersededError, *ForeignError, and for a home
// that was lost *TakenError. The process should end.
func (c *Cluster) Fault() <-chan error { return c.faults }

func (c *Cluster) fail(err error) {
	select {
	case c.faults <- err:
	default: // eight faults nobody looked at say enough
	}
}

// Addr returns the address that others send gossip to, once Start has returned.
func (c *Cluster) Addr() string { return c.addr }

// Joined reports whether a peer has answered since the start. A node without seeds may never be asked by one.
func (c *Cluster) Joined() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.met.IsZero()
}

// JoinError returns why the last attempt to join came to nothing; nil once this node has joined.
func (c *Cluster) JoinError() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.met.IsZero() {
		return nil
	}
	return c.joinErr
}

// SetState changes the state of this node and tells the others soon; Announce waits until they were told.
func (c *Cluster) SetState(s State) {
	c.roster.edit(func(r *record) { r.state = known(s) })
	c.announce()
}

// SetModule changes the state of one module of this node. It returns an error when the module is not placed here.
func (c *Cluster) SetModule(name string, s State) error {
	found := false
	c.roster.edit(func(r *record) {
		for i := range r.modules {
			if r.modules[i].hash == hashName(name) {
				r.modules[i].state, found = known(s), true
			}
		}
	})
	if !found {
		return fmt.Errorf("module %q is not placed on this node", name)
	}
	c.announce()
	return nil
}
