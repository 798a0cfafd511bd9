package gatewayfx

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"holon/configs"
	"holon/modules/gateway/internal/core"
	"holon/modules/gateway/internal/guard"
	"holon/modules/gateway/internal/proxy"
	"holon/modules/gateway/internal/routes"
	"holon/transport/web"
)

// Routes are a gateway's routes to services outside, for those who operate it.
type Routes struct {
	api   *web.API
	door  *proxy.Door
	guard *guard.Guard
	// issuers are those outside.
	issuers *core.Issuers
	follow  *following
	placing *placing
	// majors are the modules' by name, handlers the routes of those that are handlers.
	majors   map[string]int
	handlers []routes.Route
}

// Diff is what a reload has changed, by names of routes.
type Diff = routes.Diff

// Reload exchanges routes and rate limits for those of the settings: all of them, or none and an error. Requests under way go
// on as they began.
func (r *Routes) Reload(s *Settings) (Diff, error) {
	table, err := s.table(&routes.Beside{Builtins: r.builtins(), Handlers: r.handlers})
	if err != nil {
		return Diff{}, err
	}
	if err := r.checkWords(s, table); err != nil {
		return Diff{}, err
	}
	r.guard.Load(s.rules())
	defer r.follow.need()
	return r.door.Load(table), nil
}

// checkWords refuses rate limits for what is not there.
func (r *Routes) checkWords(s *Settings, table *routes.Table) error {
	known := map[string][]string{"module": nil, "route": nil, "service": nil}
	for _, own := range r.handlers {
		known["module"] = append(known["module"], own.Service)
	}
	for _, of := range r.api.Routes() {
		known["module"], known["route"] = append(known["module"], of.Module), append(known["route"], of.ID)
	}
	for _, c := range table.Routes() {
		known["service"] = append(known["service"], c.Name)
	}
	var errs []error
	for i, limit := range s.RateLimits {
		for _, word := range limit.For {
			kind, name, named := strings.Cut(word, ":")
			if names := known[kind]; named && !strings.HasSuffix(name, "*") {
				slices.Sort(names)
				errs = append(errs, configs.OneOf("gateway."+configs.Item("rate_limits", i)+".for, "+kind, name, slices.Compact(names)...))
			}
		}
	}
	return errors.Join(errs...)
}

// builtins are the routes of modules beside which others stand.
func (r *Routes) builtins() (own []routes.Builtin) {
	for _, of := range r.api.Routes() {
		own = append(own, routes.Builtin{Method: of.Method, Path: of.Path, Module: of.Module, Version: strconv.Itoa(r.majors[of.Module]) + ".0.0"})
	}
	return append(own, routes.Builtin{Method: http.MethodGet, Path: "/openapi.json", Module: "gateway"},
		routes.Builtin{Method: http.MethodGet, Path: "/docs", Module: "gateway"}, routes.Builtin{Method: http.MethodGet, Path: "/docs/{rest...}", Module: "gateway"})
}

// Instance is one instance of a service, as a gateway sees it.
type Instance = proxy.Instance

// Closed is the state of an instance's breaker when requests go through.
const Closed = proxy.Closed

// RouteState is a route as `routes ls` shows it.
type RouteState struct {
	Name    string   `json:"name"`
	Hosts   []string `json:"hosts,omitempty"`
	Methods []string `json:"methods,omitempty"`
	Path    string   `json:"path"`
	// Module is whose public routes serve it, where it goes to a module; Service is who leases, where that is a service, or a
	// module that is a handler, which Handler says.
	Module  string `json:"module,omitempty"`
	Service string `json:"service,omitempty"`
	Handler bool   `json:"handler,omitempty"`
	// Own says that the route is that of a handler's prefix, and of no configuration.
	Own  bool   `json:"own,omitempty"`
	Auth string `json:"auth"`
	// Scope is what an API key needs for it.
	Scope string `json:"scope,omitempty"`
	// RateLimit and Priority are as the route has them, Roles and Scopes what is needed beside Auth.
	RateLimit string   `json:"rate_limit,omitempty"`
	Priority  string   `json:"priority"`
	Roles     []string `json:"roles,omitempty"`
	Scopes    []string `json:"scopes,omitempty"`
	// Retried and Ejected count since the upstreams are what they are, Limited and Shed since the gateway started.
	Retried   uint64     `json:"retried"`
	Ejected   uint64     `json:"ejected"`
	Limited   uint64     `json:"limited"`
	Shed      uint64     `json:"shed"`
	Instances []Instance `json:"instances,omitempty"`
	// Why says why there is no instance.
	Why string `json:"why,omitempty"`
}

// List returns all routes in their order.
func (r *Routes) List() []RouteState {
	services := make(map[string]proxy.ServiceState)
	for _, s := range r.door.Services() {
		services[s.Route] = s
	}
	out := []RouteState{}
	for _, c := range r.door.Table().Routes() {
		s := services[c.Name]
		module, service := c.Service, ""
		auth := c.Auth
		if c.Module {
			auth = "the module's own"
		}
		if !c.Module {
			module, service = "", c.Service
		}
		out = append(out, RouteState{Name: c.Name, Hosts: c.Hosts, Methods: c.Methods, Path: c.Path, Module: module, Service: service,
			Handler: c.Adapted, Own: c.Own, Auth: auth, Scope: c.Scope(),
			RateLimit: r.guard.LimitOf(c), Priority: c.Priority, Roles: c.Roles, Scopes: c.Scopes,
			Retried: s.Retried, Ejected: s.Ejected, Limited: r.guard.Limited(c.Name), Shed: r.guard.Shed(guard.TargetOf(c)), Instances: s.Instances, Why: s.Why})
	}
	return out
}

// Find returns the route that takes a request, nil for none and for one that goes to a module's own. Path is as in a request.
func (r *Routes) Find(method, host, path string) *RouteState {
	u, err := url.ParseRequestURI(path)
	if err != nil {
		return nil
	}
	c := r.door.Table().Find(&http.Request{Method: method, Host: host, URL: u})
	if c == nil {
		return nil
	}
	return &r.List()[c.Index]
}

// Crowd is how one target bears its load.
type Crowd = guard.Crowd

// Crowds are the targets that were asked so far.
func (r *Routes) Crowds() []Crowd { return r.guard.Crowds() }

// Start begins to follow the registry, where a route goes to a service that leases.
func (r *Routes) Start(ctx context.Context) error {
	r.placing.start()
	r.follow.start(ctx)
	return nil
}

// Stop ends that, and the connections to upstreams that are not in use.
func (r *Routes) Stop() {
	r.follow.stop()
	r.placing.end()
	r.door.Close()
}

// trustedOf reads networks; Validate has seen to it that they can be.
func trustedOf(networks []string) (out proxy.Trusted) {
	for _, text := range networks {
		if p, err := parseNetwork(text); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// parseNetwork takes a network or an address.
func parseNetwork(text string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	return netip.ParsePrefix(text)
}
