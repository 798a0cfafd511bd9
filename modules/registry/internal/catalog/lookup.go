package catalog

import (
	"slices"
	"strings"

	"holon/modules/registry"
	"holon/transport/status"
)

// maxNamed is how many versions an answer names that there are.
const maxNamed = 10

// List returns a page of the services by name: as many as are asked for, or fewer where these are large.
func (c *Catalog) List(r registry.ListRequest) registry.ListReply {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var names []string
	for name := range c.services {
		if name > r.After || r.After == "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	reply, bytes := registry.ListReply{Services: []registry.Listing{}}, 0
	for _, name := range names {
		instances := filter(c.instances(name), r.Healthy, r.Tag)
		if len(instances) == 0 {
			continue
		}
		if bytes += weight(instances); r.Limit > 0 && len(reply.Services) == r.Limit || len(reply.Services) > 0 && bytes > maxBytes {
			reply.More = true
			break
		}
		reply.Services = append(reply.Services, registry.Listing{Name: name, Instances: instances})
	}
	return reply
}

// maxBytes is about how much a page has at the most, beyond its first service: a reply holds 4 MiB.
const maxBytes = 2 << 20

// weight is about what instances come to in a reply.
func weight(all []registry.Instance) (bytes int) {
	for i := range all {
		in := &all[i]
		bytes += 300 + len(in.ID) + len(in.Node) + len(in.Version) + len(in.Address) + len(in.Health.Reason)
		for name, value := range in.Metadata {
			bytes += len(name) + len(value) + 6
		}
		for _, list := range [][]string{in.Dependencies, in.Tags} {
			for _, text := range list {
				bytes += len(text) + 3
			}
		}
	}
	return bytes
}

// Get returns one service, see registry.Service.
func (c *Catalog) Get(r registry.GetRequest) (registry.Listing, error) {
	choice, err := parseChoice(r.Version)
	if err != nil {
		return registry.Listing{}, err
	}
	c.mu.RLock()
	all := c.instances(r.Name)
	c.mu.RUnlock()
	if len(all) == 0 {
		return registry.Listing{}, status.New(status.NotFound, "service_not_found", "no instance of %.80q is known", r.Name).
			With(status.DetailHint, "GET /registry/services lists what there is")
	}
	like := filter(all, r.Healthy, r.Tag)
	chosen := of(choice, like)
	if len(chosen) > 0 {
		return registry.Listing{Name: r.Name, Instances: chosen}, nil
	}
	there := versionsOf(all)
	if len(there) > maxNamed {
		there = append(there[:maxNamed], "…")
	}
	if len(of(choice, all)) > 0 || r.Version == "" {
		return registry.Listing{}, status.New(status.NotFound, "no_such_instance", "no instance of %s is as asked for (healthy, tag)", r.Name).
			With(status.DetailHint, "leave healthy and tag out to see all of them")
	}
	return registry.Listing{}, status.New(status.NotFound, "no_such_version", "no instance of %s has a version %.80q; there are %s", r.Name, r.Version, orNone(there)).
		With(status.DetailHint, "ask for one of those, or for latest")
}

func orNone(texts []string) string {
	if len(texts) == 0 {
		return "none with a version"
	}
	return strings.Join(texts, ", ")
}

// instances are those of a service by id. The caller holds the lock.
func (c *Catalog) instances(service string) []registry.Instance {
	all := make([]registry.Instance, 0, len(c.services[service]))
	for _, e := range c.services[service] {
		all = append(all, *e.instance)
	}
	slices.SortFunc(all, func(a, b registry.Instance) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// filter takes out, in place, what is not asked for.
func filter(all []registry.Instance, healthy bool, tag string) []registry.Instance {
	return slices.DeleteFunc(all, func(i registry.Instance) bool {
		return healthy && !i.Healthy() || tag != "" && !slices.Contains(i.Tags, tag)
	})
}
