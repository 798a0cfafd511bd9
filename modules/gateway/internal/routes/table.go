package routes

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"holon/configs"
)

// Builtin is a route of a module, which stands beside those of a table. Version is the module's.
type Builtin struct{ Method, Path, Module, Version string }

// Table is a set of routes that was checked as a whole. It never changes.
type Table struct {
	routes []*Compiled
	// exact and below are by host, below for all hosts under a name, the longest name first; anywhere is for any host and has
	// the modules' routes among its own, so that the more specific of two wins.
	exact    map[string]*http.ServeMux
	below    []namedMux
	anywhere *http.ServeMux
}

type namedMux struct {
	suffix string
	mux    *http.ServeMux
}

// Compiled is a route that was checked. Its Index is its place in the table.
type Compiled struct {
	Route
	Index int
	// Module says that the service is a module with routes of its own, Adapted that it is a handler that has become one; what
	// is neither leases.
	Module, Adapted bool
	// Own says that the route is that of a handler's prefix, and of no configuration.
	Own     bool
	pattern pattern
}

// Leased reports whether instances come from leases.
func (c *Compiled) Leased() bool { return c.Service != "" && !c.Module && !c.Adapted }

// Scope is what an API key needs for it.
func (c *Compiled) Scope() string {
	if c.Adapted {
		return "module:" + c.Service
	}
	return "service:" + c.Name
}

// Beside is what the binary has of itself, beside which routes stand.
type Beside struct {
	// Builtins are the routes of modules.
	Builtins []Builtin
	// Handlers are the routes of handlers that have become modules; their Service is the module.
	Handlers []Route
}

func (b *Beside) module(name string) int {
	return slices.IndexFunc(b.Builtins, func(own Builtin) bool { return own.Module == name })
}

func (b *Beside) handler(name string) bool {
	return slices.ContainsFunc(b.Handlers, func(own Route) bool { return own.Service == name })
}

// ServeHTTP is there because a mux holds handlers; nobody calls it.
func (c *Compiled) ServeHTTP(http.ResponseWriter, *http.Request) {}

// builtin stands for a module's route.
type builtin struct{ Builtin }

func (builtin) ServeHTTP(http.ResponseWriter, *http.Request) {}

// New checks routes by themselves and beside each other and the binary's own, which may be nil for not known. All that is wrong comes back in one error, made
// of configs.Invalid with keys below "routes".
func New(all []Route, policies []string, beside *Beside) (*Table, error) {
	t := &Table{exact: make(map[string]*http.ServeMux), anywhere: http.NewServeMux()}
	if beside == nil {
		beside = new(Beside)
	}
	for _, b := range beside.Builtins {
		t.anywhere.Handle(b.Method+" "+b.Path, builtin{b})
	}
	var errs []error
	names := make(map[string]int)
	for n, r := range slices.Concat(beside.Handlers, all) { // what is wrong beside a handler's is the configuration's fault
		i := n - len(beside.Handlers)
		at, own := configs.Item("routes", i), i < 0
		if own {
			at = "routes of module " + r.Service // the configuration has them not
		}
		if err := errors.Join(r.check(at, policies), r.checkService(at, beside)); err != nil {
			errs = append(errs, err)
			continue
		}
		if other, taken := names[r.Name]; taken {
			whose := configs.Item("routes", other)
			if other < 0 {
				whose = "module " + r.Name + "'s own route"
			}
			errs = append(errs, configs.Invalid(at+".name", "is %q, as is that of %s", r.Name, whose))
			continue
		}
		names[r.Name] = i
		p, err := parsePattern(r.Path)
		if err != nil {
			return nil, err
		}
		c := &Compiled{Route: r, Index: len(t.routes), pattern: p, Own: own}
		c.Adapted = r.Service != "" && beside.handler(r.Service)
		c.Module = r.Service != "" && !c.Adapted && beside.module(r.Service) >= 0
		if err := t.add(c, beside); err != nil {
			errs = append(errs, configs.Invalid(at+".path", "%v", err))
			continue
		}
		t.routes = append(t.routes, c)
	}
	slices.SortStableFunc(t.below, func(a, b namedMux) int { return cmp.Compare(len(b.suffix), len(a.suffix)) })
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return t, nil
}

// add puts a route where its requests are looked for.
func (t *Table) add(c *Compiled, beside *Beside) error {
	hosts := c.Hosts
	if len(hosts) == 0 {
		hosts = []string{""}
	}
	for _, host := range hosts {
		mux := t.muxOf(host)
		for _, p := range c.serveMux() {
			if err := handle(mux, p, c); err != nil {
				return t.conflict(c, host, beside, err)
			}
		}
	}
	return nil
}

// serveMux are the patterns of a route in the form of ServeMux.
func (c *Compiled) serveMux() (patterns []string) {
	paths := []string{c.Path}
	if also := c.pattern.also(); also != "" {
		paths = append(paths, also)
	}
	methods := c.Methods
	if len(methods) > 0 && len(c.CORS.Origins) > 0 && !slices.Contains(methods, http.MethodOptions) {
		methods = append(slices.Clone(methods), http.MethodOptions) // browsers ask before they send
	}
	if len(methods) == 0 {
		methods = []string{""}
	}
	for _, m := range methods {
		for _, p := range paths {
			patterns = append(patterns, strings.TrimSpace(m+" "+p))
		}
	}
	return patterns
}

func (t *Table) muxOf(host string) *http.ServeMux {
	suffix, wild := strings.CutPrefix(host, "*")
	switch {
	case host == "":
		return t.anywhere
	case wild:
		at := slices.IndexFunc(t.below, func(m namedMux) bool { return m.suffix == suffix })
		if at < 0 {
			at = len(t.below)
			t.below = append(t.below, namedMux{suffix, http.NewServeMux()})
		}
		return t.below[at].mux
	}
	if t.exact[host] == nil {
		t.exact[host] = http.NewServeMux()
	}
	return t.exact[host]
}

// handle registers a pattern; ServeMux panics on one that it cannot take.
func handle(mux *http.ServeMux, pattern string, h http.Handler) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	mux.Handle(pattern, h)
	return nil
}

// conflict names the route that another one cannot stand beside.
func (t *Table) conflict(c *Compiled, host string, beside *Beside, why error) error {
	clash := func(patterns []string) bool {
		for _, p := range patterns {
			for _, own := range c.serveMux() {
				pair := http.NewServeMux()
				if handle(http.NewServeMux(), own, c) == nil && handle(pair, p, c) == nil && handle(pair, own, c) != nil {
					return true
				}
			}
		}
		return false
	}
	for _, other := range t.routes {
		same := slices.Contains(other.Hosts, host) || host == "" && len(other.Hosts) == 0
		if same && clash(other.serveMux()) {
			return fmt.Errorf("%s and that of route %q take the same requests, and neither is the more specific", quote(c.Path), other.Name)
		}
	}
	for _, b := range beside.Builtins {
		if host == "" && clash([]string{b.Method + " " + b.Path}) {
			return fmt.Errorf("%s takes requests of %s %s of module %s: give it hosts or another path", quote(c.Path), b.Method, b.Path, b.Module)
		}
	}
	first, _, _ := strings.Cut(why.Error(), "\n")
	return fmt.Errorf("%s cannot be routed: %s", quote(c.Path), first)
}

// Routes are those of the table in the order in which they were given.
func (t *Table) Routes() []*Compiled { return t.routes }

// Find returns the route that takes a request, nil for none and for one that goes to a module.
func (t *Table) Find(r *http.Request) *Compiled {
	if len(t.routes) == 0 {
		return nil
	}
	if len(t.exact)+len(t.below) > 0 {
		host := hostOf(r.Host)
		if mux := t.exact[host]; mux != nil {
			if c := in(mux, r); c != nil {
				return c
			}
		}
		for _, n := range t.below {
			if strings.HasSuffix(host, n.suffix) {
				if c := in(n.mux, r); c != nil {
					return c
				}
			}
		}
	}
	return in(t.anywhere, r)
}

func in(mux *http.ServeMux, r *http.Request) *Compiled {
	h, _ := mux.Handler(r)
	c, _ := h.(*Compiled)
	return c
}

// hostOf is the host of a request as routes have it.
func hostOf(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// SentPath is the escaped path that an upstream gets for a request that the route takes.
func (c *Compiled) SentPath(u *url.URL) string {
	return c.pattern.changed(u.EscapedPath(), c.Strip, c.Rewrite)
}
