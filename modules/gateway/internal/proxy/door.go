package proxy

import (
	"log/slog"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"

	"holon/modules/gateway/internal/routes"
	"holon/modules/registry"
	"holon/transport/adapter"
	"holon/transport/balance"
	"holon/transport/web"
)

// Params are what a door needs.
type Params struct {
	Auth    web.Authenticator
	Guard   Guard
	Trusted Trusted
	Log     *slog.Logger
	// Module serves a request on the public routes of a module.
	Module func(w http.ResponseWriter, r *http.Request, module string)
	// Forget is told of passages that are no more; it may be nil.
	Forget func(*web.Passage)
	// Handlers are those of this node, nil for none; Versions are theirs, by module.
	Handlers *adapter.Adapter
	Versions map[string]string
}

// Door is all routes to services outside. Its table is exchanged as a whole: requests under way go on by the old one.
type Door struct {
	params    Params
	transport *http.Transport
	// outward goes to services that lease, whose addresses are somebody else's word.
	outward *http.Transport
	leases  leases
	// nodes go to handlers on other nodes; places are where those are, by module.
	nodes, leaving *http.Transport
	places         map[string][]routes.Target
	buffers        *buffers
	bodies         atomic.Int64

	loading sync.Mutex // held while a table is exchanged
	now     atomic.Pointer[state]
}

// state is one table with what serves it.
type state struct {
	table    *routes.Table
	passages []*web.Passage
	services []*Service
}

// New returns a door without routes.
func New(p Params) *Door {
	d := &Door{params: p, transport: newTransport(nil), outward: newTransport(registry.Reachable), buffers: newBuffers()}
	d.nodes, d.leaving = nodeTransports()
	d.leases.of = make(map[string]map[string]routes.Target)
	d.now.Store(&state{table: &routes.Table{}})
	return d
}

// Table is the table by which requests go at this moment.
func (d *Door) Table() *routes.Table { return d.now.Load().table }

// Load exchanges the table. What is known of instances stays where a route's upstreams are the same.
func (d *Door) Load(table *routes.Table) routes.Diff {
	d.loading.Lock()
	defer d.loading.Unlock()
	before := d.now.Load()
	next := &state{table: table}
	stays := make(map[*web.Passage]bool)
	for _, c := range table.Routes() {
		old := before.named(c.Name)
		if old >= 0 && reflect.DeepEqual(before.table.Routes()[old].Route, c.Route) {
			next.add(before.passages[old], before.services[old])
			stays[before.passages[old]] = true
			continue
		}
		var service *Service
		switch {
		case c.Module:
		case old >= 0 && sameTarget(before.table.Routes()[old], c):
			service = before.services[old]
		case c.Leased():
			service = newService(c.Name, d.outward, d.ejected)
		case c.Adapted:
			service = newService(c.Name, d.nodes, d.ejected)
			service.adapted = &adapted{module: c.Service, version: d.params.Versions[c.Service], handlers: d.params.Handlers, leaving: d.leaving}
		default:
			service = newService(c.Name, d.transport, d.ejected)
		}
		switch {
		case c.Leased():
			service.update(c, d.leases.targets(c.Service))
		case c.Adapted:
			service.update(c, d.places[c.Service])
		case service != nil:
			service.update(c, c.Fixed())
		}
		next.add(d.passage(c, service), service)
	}
	d.now.Store(next)
	for _, p := range before.passages {
		if !stays[p] && d.params.Forget != nil && next.byName(p.Name) == nil {
			d.params.Forget(p)
		}
	}
	return routes.Compare(before.table, table)
}

func (s *state) add(p *web.Passage, service *Service) {
	s.passages, s.services = append(s.passages, p), append(s.services, service)
}

func (s *state) named(name string) int {
	for i, c := range s.table.Routes() {
		if c.Name == name {
			return i
		}
	}
	return -1
}

func (s *state) byName(name string) *web.Passage {
	if i := s.named(name); i >= 0 {
		return s.passages[i]
	}
	return nil
}

// sameTarget reports whether two routes ask the same instances.
func sameTarget(a, b *routes.Compiled) bool {
	return a.Module == b.Module && a.Adapted == b.Adapted && reflect.DeepEqual([]any{a.Service, a.Upstreams}, []any{b.Service, b.Upstreams})
}

func (d *Door) ejected(service string, in balance.Instance, lasts Ejection) {
	d.params.Log.Warn("upstream ejected: requests to it failed", "route", service, "addr", in.Addr, "for", lasts)
}

// passage makes what serves a route.
func (d *Door) passage(c *routes.Compiled, s *Service) *web.Passage {
	p := &web.Passage{Name: c.Name, Timeout: c.Timeout, Streams: c.Streams, Upgrades: c.Upgrade, MaxBody: int64(c.MaxBody)}
	if s == nil {
		p.Handler = &inward{route: c, serve: d.params.Module}
		return p
	}
	h := &handler{route: c, service: s, auth: d.params.Auth, guard: d.params.Guard, trusted: d.params.Trusted, bodies: &d.bodies, log: d.params.Log}
	h.proxy = h.reverseProxy(d.buffers)
	p.Handler = h
	return p
}

// Find returns what serves a request, nil where no route of the table takes it.
func (d *Door) Find(r *http.Request) *web.Passage {
	s := d.now.Load()
	if c := s.table.Find(r); c != nil {
		return s.passages[c.Index]
	}
	return nil
}

// Close ends the connections to upstreams that are not in use.
func (d *Door) Close() {
	d.transport.CloseIdleConnections()
	d.outward.CloseIdleConnections()
	d.nodes.CloseIdleConnections()
}

var _ web.Outside = (*Door)(nil)
