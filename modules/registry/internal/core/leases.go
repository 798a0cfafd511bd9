package core

import (
	"context"

	"holon/modules/registry"
	"holon/modules/registry/internal/check"
	"holon/modules/registry/internal/lease"
	"holon/modules/registry/internal/spread"
	"holon/transport/contract"
	"holon/transport/status"
)

// scope is the kind of scope that lets an API key lease names.
const scope = "registry"

// may says whether the principal may lease a name: an API key that was issued for it, or an admin.
func (c *Core) may(ctx context.Context, service string) error {
	who := contract.PrincipalOf(ctx)
	if who.Key != "" && who.Covers(scope, service) || who.Key == "" && who.Admin() {
		return nil
	}
	return status.New(status.PermissionDenied, "out_of_scope", "leases of %.64q are for API keys with the scope %s:%.64s, and for admins", service, scope, service).
		With(status.DetailHint, "holon apikey create --scope registry:NAME makes one")
}

// Put takes or renews a lease.
func (c *Core) Put(ctx context.Context, r registry.PutRequest) (registry.Lease, error) {
	if err := c.may(ctx, r.Service); err != nil {
		return registry.Lease{}, err
	}
	if c.params.View.Module(r.Service) {
		return registry.Lease{}, status.New(status.Conflict, "is_a_module", "%s is a module of this cluster, whose instances register themselves", r.Service).
			With(status.DetailHint, "give the service another name")
	}
	return c.table.Put(r.Service, r.ID, r.Registration)
}

// Beat renews a lease.
func (c *Core) Beat(ctx context.Context, r registry.BeatRequest) (registry.Lease, error) {
	if err := c.may(ctx, r.Service); err != nil {
		return registry.Lease{}, err
	}
	return c.table.Beat(r.Service, r.ID, r.Revision)
}

// Drop ends a lease.
func (c *Core) Drop(ctx context.Context, r registry.DropRequest) (registry.Dropped, error) {
	if err := c.may(ctx, r.Service); err != nil {
		return registry.Dropped{}, err
	}
	if c.table.Drop(r.Service, r.ID) {
		return registry.Dropped{Was: true}, nil
	}
	// Whoever took it has perhaps not told yet. Where one cannot be asked, the lease lives on until its time is over.
	var out registry.Dropped
	for _, a := range c.spreader.Ask(ctx, registry.SyncRequest{Drop: &registry.LeaseName{Service: r.Service, ID: r.ID}}) {
		out.Was = out.Was || a.Reply.Dropped
	}
	return out, nil
}

// Sync takes what another registry node tells.
func (c *Core) Sync(_ context.Context, r registry.SyncRequest) (registry.SyncReply, error) {
	c.table.Merge(r.Records)
	reply := registry.SyncReply{Wanted: c.table.Hear(r.Pulses)}
	if r.Drop != nil {
		reply.Dropped = c.table.Drop(r.Drop.Service, r.Drop.ID)
	}
	if r.Release {
		reply.Released = c.table.Release()
	}
	return reply, nil
}

// Fetch tells another registry node all there is. One that is learning does not know that: whoever took its word would have
// those who follow forget the rest. What it does know, it tells the other unasked.
func (c *Core) Fetch(_ context.Context, r registry.FetchRequest) (registry.FetchReply, error) {
	reply := spread.Fetch(c.table, r)
	reply.Learning = c.isLearning()
	return reply, nil
}

// changed shows what has become of a lease.
func (c *Core) changed(k lease.Key, now *lease.State) {
	if now == nil {
		c.catalog.Set(k.Service, k.ID, nil)
		c.checker.Forget(check.Key(k))
		return
	}
	r := now.Registration
	i := &registry.Instance{
		ID: k.ID, Kind: registry.KindLease, Version: r.Version, Address: r.Address, State: "ready", Health: now.Health,
		Dependencies: r.Dependencies, Metadata: r.Metadata, Tags: r.Tags, TTL: r.TTL, Since: now.Since,
	}
	if i.Dependencies == nil {
		i.Dependencies = []string{}
	}
	if now.Overdue {
		i.State = "overdue"
	}
	c.catalog.Set(k.Service, k.ID, i)
	c.checker.Watch(check.Key(k), now.Stamp, r, now.Health)
}

// told says loudly what the guard does.
func (c *Core) told(g lease.GuardState) {
	if g.Holding {
		c.params.Log.Error("REGISTRY GUARD HOLDS: most leases get no heartbeats any more. None ends until they come again; "+
			"what is really dead goes with holon registry release", "overdue", g.Overdue, "leases", g.Total)
		return
	}
	c.params.Log.Warn("registry guard has ended: leases end again when their time is over", "overdue", g.Overdue, "leases", g.Total)
}

// ended says which leases have ended because nobody renewed them.
func (c *Core) ended(keys []lease.Key) {
	var names []string
	for _, k := range keys[:min(len(keys), maxNamed)] {
		names = append(names, k.Service+"/"+k.ID)
	}
	c.params.Log.Warn("leases ended, because nobody renewed them", "instances", names, "all", len(keys))
}

// maxNamed is how many instances a line of the log names.
const maxNamed = 10

// mine reports whether this node checks an instance.
func (c *Core) mine(k check.Key) bool { return check.Owner(k, *c.registries.Load()) == c.params.Node }

// State is how the registry of this node is.
type State struct {
	Leases  int `json:"leases"`
	Overdue int `json:"overdue"`
	// Guard says that no lease ends, since Since.
	Guard    bool           `json:"guard_holds"`
	Since    string         `json:"guard_since,omitempty"`
	Seq      uint64         `json:"seq"`
	Learning bool           `json:"learning"`
	Peers    []spread.State `json:"peers"`
}
