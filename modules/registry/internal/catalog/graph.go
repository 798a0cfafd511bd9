package catalog

import (
	"maps"
	"slices"

	"holon/modules/registry"
)

// Graph returns who depends on whom.
func (c *Catalog) Graph() registry.GraphReply {
	c.mu.RLock()
	defer c.mu.RUnlock()
	all := make(map[string]*registry.Vertex)
	vertex := func(name string) *registry.Vertex {
		if all[name] == nil {
			all[name] = &registry.Vertex{Name: name, DependsOn: []string{}, NeededBy: []string{}}
		}
		return all[name]
	}
	for name, entries := range c.services {
		v := vertex(name)
		for _, e := range entries {
			v.Kind = e.instance.Kind
			v.Instances++
			if e.instance.Healthy() {
				v.Healthy++
			}
			for _, on := range e.instance.Dependencies {
				v.DependsOn = append(v.DependsOn, on)
				needed := vertex(on)
				needed.NeededBy = append(needed.NeededBy, name)
			}
		}
	}
	reply := registry.GraphReply{Services: []registry.Vertex{}}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		v := all[name]
		for _, names := range []*[]string{&v.DependsOn, &v.NeededBy} {
			slices.Sort(*names)
			*names = slices.Compact(*names)
		}
		reply.Services = append(reply.Services, *v)
	}
	return reply
}
