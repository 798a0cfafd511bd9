// Package core answers what the registry knows out of what this node sees. It keeps nothing.
package core

import (
	"context"
	"slices"
	"strings"

	"holon/modules/registry"
	"holon/transport/status"
)

// View is what a node knows of instances: the services by name, in any order.
type View interface {
	Services() map[string][]registry.Instance
}

// Core is the module.
type Core struct{ view View }

// New returns the module's rules over a view.
func New(v View) *Core { return &Core{v} }

// List returns every service.
func (c *Core) List(context.Context, registry.ListRequest) (registry.ListReply, error) {
	reply := registry.ListReply{Services: []registry.Listing{}}
	for name, instances := range c.view.Services() {
		reply.Services = append(reply.Services, listing(name, instances))
	}
	slices.SortFunc(reply.Services, func(x, y registry.Listing) int { return strings.Compare(x.Name, y.Name) })
	return reply, nil
}

// Get returns one service.
func (c *Core) Get(_ context.Context, r registry.GetRequest) (registry.Listing, error) {
	instances := c.view.Services()[r.Name]
	if len(instances) == 0 {
		return registry.Listing{}, status.New(status.NotFound, "service_not_found", "no instance of %q is known", r.Name).
			With(status.DetailHint, "GET /registry/services lists what there is")
	}
	return listing(r.Name, instances), nil
}

// listing sorts a copy: the view belongs to whoever gave it.
func listing(name string, instances []registry.Instance) registry.Listing {
	sorted := append([]registry.Instance{}, instances...)
	slices.SortFunc(sorted, func(x, y registry.Instance) int { return strings.Compare(x.ID, y.ID) })
	return registry.Listing{Name: name, Instances: sorted}
}

var _ registry.Service = (*Core)(nil)
