package main

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"holon/modules/registry"
	"holon/transport/status"
)

// catalogue is what GET /catalogue answers: all that a registry node of the cluster knows.
type catalogue struct {
	Services []registry.Listing `json:"services"`
	Graph    []registry.Vertex  `json:"graph"`
}

func (n *node) readCatalogue(r *http.Request) (any, error) {
	ctx, cancel := context.WithTimeout(r.Context(), fellowTimeout)
	defer cancel()
	services := []registry.Listing{}
	for ask, more := (registry.ListRequest{}), true; more; {
		page, err := n.in.Operator.registry.List(ctx, ask)
		if err != nil {
			return nil, err
		}
		services = append(services, page.Services...)
		if more = page.More && len(services) > 0; more {
			ask.After = services[len(services)-1].Name
		}
	}
	graph, err := n.in.Operator.registry.Graph(ctx, registry.GraphRequest{})
	return catalogue{services, graph.Services}, err
}

// releaseVerb ends the leases that the guards of all registry nodes keep.
func (n *node) releaseVerb(ctx context.Context, _ []byte) (any, error) {
	if n.in.Registry == nil {
		return nil, status.New(status.NotFound, "no_registry", "this node runs no registry")
	}
	return n.in.Registry.Release(ctx), nil
}

// neededBy says who calls each module: as the registry knows it, and as the modules declare it where no registry answers.
func (n *node) neededBy(ctx context.Context) map[string][]string {
	out := make(map[string][]string)
	if graph, err := n.in.Operator.registry.Graph(ctx, registry.GraphRequest{}); err == nil {
		for _, v := range graph.Services {
			out[v.Name] = v.NeededBy
		}
		return out
	}
	by := make(map[string]map[string]bool)
	for _, m := range all() {
		for _, need := range m.Needs {
			if by[need] == nil {
				by[need] = make(map[string]bool)
			}
			by[need][m.Name] = true
		}
	}
	for name, names := range by {
		out[name] = slices.Sorted(maps.Keys(names))
	}
	return out
}
