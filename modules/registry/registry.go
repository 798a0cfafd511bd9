// Package registry is the contract of the registry module: which services there are, where their instances run and how they
// are. Modules are known from gossip; services that never heard of holon say so themselves, and hold a lease as long as they
// go on saying it. Nothing is kept on disk: what is true is said again.
package registry

import (
	"context"
	"time"
)

// Instance is one running copy of a service.
type Instance struct {
	// ID is unique in the service. That of a module is "<node>~<boot>": a node that starts again is another instance.
	ID string `json:"id"`
	// Kind is KindModule or KindLease.
	Kind string `json:"kind"`
	// Node is where a module runs, "" for a lease.
	Node    string `json:"node"`
	Version string `json:"version"`
	// Address is host:port: where an instance takes requests, and for a module where its node takes calls.
	Address string `json:"address,omitempty"`
	// State is "starting", "ready", "draining" (it serves, and wants to go) or "stopping"; a lease is "ready", or "overdue"
	// where it is kept although its time is over (see Guard).
	State  string `json:"state"`
	Health Health `json:"health"`
	// Dependencies are the services it calls.
	Dependencies []string          `json:"dependencies"`
	Metadata     map[string]string `json:"metadata,omitempty"`
	Tags         []string          `json:"tags,omitempty"`
	// TTL is a lease's, in seconds, 0 for a module.
	TTL int `json:"ttl_seconds,omitempty"`
	// Since is when it came to what it is: registered, or to its state on the node that answers, or, for modules of other
	// nodes, when the process was started.
	Since time.Time `json:"since"`
}

// What an instance is.
const (
	KindModule = "module"
	KindLease  = "lease"
)

// Health is what checks found. A lease says that somebody lives, a check that it does its work.
type Health struct {
	// Status is Passing, Failing or Unknown.
	Status string `json:"status"`
	// Reason says why it is failing or unknown.
	Reason string `json:"reason,omitempty"`
	// Since is when it became so, by the clock of the node that checked.
	Since time.Time `json:"since"`
}

// How an instance is.
const (
	Passing = "passing"
	Failing = "failing"
	// Unknown is what nobody has checked yet, or nobody can: it is taken for passing.
	Unknown = "unknown"
)

// Healthy reports whether requests may go to the instance.
func (i *Instance) Healthy() bool {
	return i.Health.Status != Failing && i.State != "starting" && i.State != "stopping"
}

// Listing is a service and its instances, sorted by id.
type Listing struct {
	Name      string     `json:"name"`
	Instances []Instance `json:"instances"`
}

// Service is what the module answers. Any registry node answers all of it, by what it knows.
type Service interface {
	// List returns services, sorted by name.
	List(ctx context.Context, r ListRequest) (ListReply, error)

	// Get returns one service. NotFound "service_not_found" when it has no instance, "no_such_version" when it has none of
	// the versions that are asked for; Invalid "bad_version" for what is no version.
	Get(ctx context.Context, r GetRequest) (Listing, error)

	// Nodes returns the nodes of the cluster, sorted by name.
	Nodes(ctx context.Context, r NodesRequest) (NodesReply, error)

	// Graph returns who depends on whom, sorted by name.
	Graph(ctx context.Context, r GraphRequest) (GraphReply, error)

	// Put takes or renews the lease of an instance of a service outside. Whoever only repeats it is right.
	// PermissionDenied "out_of_scope" for an API key without the scope registry:NAME and for users who are no admins;
	// Conflict "is_a_module" for the name of a module; Unavailable "too_many_leases".
	Put(ctx context.Context, r PutRequest) (Lease, error)

	// Beat renews a lease. NotFound "unknown_lease" means: register again, with Put.
	Beat(ctx context.Context, r BeatRequest) (Lease, error)

	// Drop ends a lease. That of one that is not there is no error.
	Drop(ctx context.Context, r DropRequest) (Dropped, error)

	// Changes returns what has changed on the node that answers, and waits for a change where there is none.
	Changes(ctx context.Context, r ChangesRequest) (ChangesReply, error)

	// ChangesAt asks the node that has answered before, by its name; only that one knows what its marks mean.
	ChangesAt(ctx context.Context, node string, r ChangesRequest) (ChangesReply, error)
}
