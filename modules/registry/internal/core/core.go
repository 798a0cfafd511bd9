// Package core is what a registry node answers. It joins what gossip tells of modules with the leases of services outside,
// and says who may lease what.
package core

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"holon/modules/registry"
	"holon/modules/registry/internal/catalog"
	"holon/modules/registry/internal/check"
	"holon/modules/registry/internal/lease"
	"holon/modules/registry/internal/spread"
)

// View is what this node knows of modules and nodes.
type View interface {
	// Services are the modules' instances by name, in any order.
	Services() map[string][]registry.Instance
	// Nodes are all nodes, sorted by name.
	Nodes() []registry.Node
	// Module reports whether a name is a module's.
	Module(name string) bool
	// Peers are the other registry nodes that take calls.
	Peers() []spread.Peer
	// Seeking reports whether this node may yet meet another one that can tell it something. One goroutine asks.
	Seeking() bool
	// Watch returns a channel that has something whenever the view may be another one, and a function that ends it.
	Watch() (<-chan struct{}, func())
}

// Params are what a core needs.
type Params struct {
	// Node and Boot are those of this process.
	Node, Boot string
	View       View
	Sync       func(ctx context.Context, node string, r registry.SyncRequest) (registry.SyncReply, error)
	Fetch      func(ctx context.Context, node string, r registry.FetchRequest) (registry.FetchReply, error)
	// MaxLeases is how many there may be, GuardMin how many must be silent for the guard to hold.
	MaxLeases, GuardMin int
	Log                 *slog.Logger
	Now                 func() time.Time
}

// Core is the module.
type Core struct {
	params   Params
	catalog  *catalog.Catalog
	table    *lease.Table
	checker  *check.Checker
	spreader *spread.Spreader
	// refreshing is held while modules change, which are those of the view that the catalogue has.
	refreshing sync.Mutex
	modules    map[string][]registry.Instance
	// registries are the names of all registry nodes, this one among them.
	registries atomic.Pointer[[]string]
	// learning is until when this node may not know all leases, in nanoseconds of the wall clock; 0 once it does.
	learning atomic.Int64

	group  sync.WaitGroup
	cancel context.CancelFunc
	// stopping is closed when the module is to stop: nobody is kept waiting then.
	stopping chan struct{}
}

// New returns the module's rules over a view.
func New(p Params) *Core {
	c := &Core{params: p, catalog: catalog.New(), stopping: make(chan struct{})}
	c.table = lease.New(lease.Params{
		Node: p.Node + "~" + p.Boot, Now: p.Now, Max: p.MaxLeases, GuardMin: p.GuardMin, Changed: c.changed, Told: c.told, Ended: c.ended,
	})
	c.checker = check.New(check.Params{Mine: c.mine, Found: func(k check.Key, of registry.Stamp, h registry.Health) {
		c.table.SetHealth(lease.Key(k), of, h)
	}})
	c.spreader = spread.New(spread.Params{Table: c.table, Peers: p.View.Peers, Sync: p.Sync, Fetch: p.Fetch, Log: p.Log})
	c.registries.Store(&[]string{p.Node})
	c.refresh()
	return c
}

// List returns services.
func (c *Core) List(_ context.Context, r registry.ListRequest) (registry.ListReply, error) {
	c.refresh()
	return c.catalog.List(r), nil
}

// Get returns one service.
func (c *Core) Get(_ context.Context, r registry.GetRequest) (registry.Listing, error) {
	c.refresh()
	return c.catalog.Get(r)
}

// Nodes returns the nodes.
func (c *Core) Nodes(context.Context, registry.NodesRequest) (registry.NodesReply, error) {
	return registry.NodesReply{Nodes: c.params.View.Nodes()}, nil
}

// Graph returns who depends on whom.
func (c *Core) Graph(context.Context, registry.GraphRequest) (registry.GraphReply, error) {
	c.refresh()
	return c.catalog.Graph(), nil
}
