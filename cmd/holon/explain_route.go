package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"holon/configs"
	"holon/transport/contract"
	"holon/transport/web"
)

// routed is what becomes of a request at a gateway.
type routed struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	// Route is the one that takes it, nil for none; then Refusal is what is answered.
	Route   *routeDescription `json:"route,omitempty"`
	Refusal string            `json:"refusal,omitempty"`
	// Near are routes that may have been meant.
	Near []string `json:"near,omitempty"`
	// Module is whose route it is, Calls are the methods of it that a gateway may call, Needs the modules that it calls.
	Module string   `json:"module,omitempty"`
	Calls  []string `json:"calls,omitempty"`
	Needs  []string `json:"needs,omitempty"`
}

// maxNear is how many near routes are shown.
const maxNear = 5

// route finds the route that takes a request, by the rules of the mux that serves them.
func route(method, path string, routes []web.RouteInfo) routed {
	mux, out := http.NewServeMux(), routed{Method: method, Path: path}
	byPattern := make(map[string]web.RouteInfo, len(routes))
	for _, r := range routes {
		byPattern[r.Method+" "+r.Path] = r
		mux.Handle(r.Method+" "+r.Path, http.NotFoundHandler())
	}
	match := func(method string) (web.RouteInfo, bool) {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			return web.RouteInfo{}, false
		}
		_, pattern := mux.Handler(&http.Request{Method: method, Host: "gateway", URL: u})
		r, ok := byPattern[pattern]
		return r, ok
	}
	if r, ok := match(method); ok {
		out.Module = r.Module
		out.Route = &routeDescription{r.Method, r.Path, r.Access == web.Public, r.Keyed}
		return out
	}
	var allow []string
	for _, r := range routes {
		if taken, ok := match(r.Method); ok && taken.Method == r.Method && !slices.Contains(allow, r.Method) {
			allow = append(allow, r.Method)
			out.Near = append(out.Near, taken.Method+" "+taken.Path)
		}
	}
	if len(allow) > 0 {
		slices.Sort(allow)
		slices.Sort(out.Near)
		out.Refusal = fmt.Sprintf("405, because the path takes %s", strings.Join(allow, ", "))
		return out
	}
	out.Refusal = "404 no_route"
	out.Near = nearRoutes(path, routes)
	return out
}

// nearRoutes are those with a path like this one, else those that begin alike.
func nearRoutes(path string, routes []web.RouteInfo) []string {
	var paths []string
	for _, r := range routes {
		paths = append(paths, r.Path)
	}
	nearest := configs.Nearest(path, paths)
	first := func(path string) string {
		head, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		return head
	}
	var heads []string
	for _, p := range paths {
		heads = append(heads, first(p))
	}
	like := configs.Nearest(first(path), heads)
	var near []string
	for _, r := range routes {
		if r.Path == nearest || like != "" && first(r.Path) == like {
			near = append(near, r.Method+" "+r.Path)
		}
	}
	return near[:min(len(near), maxNear)]
}

// describe adds what the module's declaration says of the request's way on.
func (r *routed) describe() {
	for _, m := range all() {
		if m.Name != r.Module {
			continue
		}
		for _, info := range m.Contract.Infos() {
			if info.Allows(contract.Gateway) {
				r.Calls = append(r.Calls, info.Name)
			}
		}
		r.Needs = append(r.Needs, m.Needs...)
	}
}
