package proxy

import (
	"net/url"
	"slices"
	"strings"
	"sync"

	"holon/modules/gateway/internal/routes"
	"holon/modules/registry"
)

// leases are the instances of services that lease, as a registry told last.
type leases struct {
	mu sync.Mutex
	// of are targets by service, then by instance.
	of map[string]map[string]routes.Target
}

// take notes changes and returns the services that they are of.
func (l *leases) take(changes []registry.Change) (services []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range changes {
		t, ok := targetOf(c)
		switch {
		case ok && l.of[c.Service] == nil:
			l.of[c.Service] = map[string]routes.Target{c.ID: t}
		case ok:
			l.of[c.Service][c.ID] = t
		case l.of[c.Service] == nil:
			continue // a module, or nothing that was there
		default:
			delete(l.of[c.Service], c.ID)
		}
		if !slices.Contains(services, c.Service) {
			services = append(services, c.Service)
		}
	}
	return services
}

// targets are the instances of a service, in the order of their IDs.
func (l *leases) targets(service string) (all []routes.Target) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.of[service] {
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b routes.Target) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// targetOf is where a lease's instance takes requests. One that fails its checks is asked last: it may do more than nobody.
func targetOf(c registry.Change) (routes.Target, bool) {
	i := c.Instance
	if i == nil || i.Kind != registry.KindLease || i.Address == "" {
		return routes.Target{}, false
	}
	scheme := "http"
	if i.Metadata["scheme"] == "https" {
		scheme = "https"
	}
	return routes.Target{
		ID: url.QueryEscape(c.ID) + "~" + i.Version, At: &url.URL{Scheme: scheme, Host: i.Address}, Version: i.Version, Last: !i.Healthy(),
	}, true
}

// Follow takes what a registry tells of instances.
func (d *Door) Follow(changes []registry.Change) {
	d.loading.Lock()
	defer d.loading.Unlock()
	services := d.leases.take(changes)
	now := d.now.Load()
	for i, c := range now.table.Routes() {
		if c.Leased() && slices.Contains(services, c.Service) {
			now.services[i].update(c, d.leases.targets(c.Service))
		}
	}
}

// Leases reports whether a route goes to a service that leases.
func (d *Door) Leases() bool {
	return slices.ContainsFunc(d.Table().Routes(), (*routes.Compiled).Leased)
}
