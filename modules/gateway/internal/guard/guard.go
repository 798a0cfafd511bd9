package guard

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"holon/modules/gateway/internal/limit"
	"holon/modules/gateway/internal/proxy"
	"holon/modules/gateway/internal/routes"
	"holon/transport/contract"
	"holon/transport/status"
	"holon/transport/web"
)

// Params are what a guard needs.
type Params struct {
	// Keys is how many clients are counted, see limit.NewRates.
	Keys int
	// Gateways is how many gateways share the clients; nil means one.
	Gateways func() int
	// Client is the address of whoever asks.
	Client func(*http.Request) netip.Addr
	// Crowd bounds the requests that one target has at once; nil bounds none.
	Crowd *limit.Params
	// Modules says that modules are bounded too, not only services outside.
	Modules bool
	// Now may be nil.
	Now     func() time.Time
	Metrics *Metrics
}

// Guard is safe for concurrent use.
type Guard struct {
	params Params
	rates  *limit.Rates
	rules  atomic.Pointer[rules]
	// targets are *limit.Concurrency by module or service.
	targets sync.Map
	// refused are *refused by the name of a place, and of a target.
	refused sync.Map
}

// New returns a guard without rules. Its error is that of Params.Crowd.
func New(p Params) (*Guard, error) {
	if p.Crowd != nil {
		if err := p.Crowd.Validate(); err != nil {
			return nil, err
		}
	}
	if p.Gateways == nil {
		p.Gateways = func() int { return 1 }
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	g := &Guard{params: p, rates: limit.NewRates(p.Keys)}
	g.rules.Store(newRules(nil))
	return g, nil
}

// Load exchanges the rules.
func (g *Guard) Load(all []Rule) { g.rules.Store(newRules(all)) }

// Admit is for the routes of modules.
func (g *Guard) Admit(h http.Header, r *http.Request, route *web.RouteInfo, who contract.Principal) error {
	if !who.Covers("module", route.Module) && !who.Covers("route", route.ID) && (route.Scope == "" || !who.Holds(route.Scope)) {
		hint := "its scopes would have to have module:" + route.Module + " or route:" + route.ID
		if route.Scope != "" {
			hint = "its scopes would have to have " + route.Scope + ":NAME, for what it is about"
		}
		return status.New(status.PermissionDenied, "out_of_scope", "the API key is not for this route").With(status.DetailHint, hint)
	}
	return g.count(h, r, &place{module: route.Module, route: route.ID, class: classOf(r, who)}, who)
}

// Enter is for the routes of modules. Those that ask no module take no room of any.
func (g *Guard) Enter(ctx context.Context, r *http.Request, route *web.RouteInfo, who contract.Principal) (func(int), error) {
	if route.Alone || !g.params.Modules {
		return func(int) {}, nil
	}
	return g.enter(ctx, "module:"+route.Module, classOf(r, who))
}

// AdmitOut is for routes to services outside, and to modules that are handlers.
func (g *Guard) AdmitOut(h http.Header, r *http.Request, c *routes.Compiled, who contract.Principal) error {
	return g.count(h, r, placeOf(c, classFor(r, c, who)), who)
}

// placeOf is what requests of a route are for.
func placeOf(c *routes.Compiled, class limit.Class) *place {
	p := &place{service: c.Name, policy: c.RateLimit, class: class}
	if c.Adapted {
		p.module = c.Service
	}
	return p
}

// EnterOut is like AdmitOut.
func (g *Guard) EnterOut(ctx context.Context, r *http.Request, c *routes.Compiled, who contract.Principal) (func(int), error) {
	if c.Adapted && !g.params.Modules {
		return func(int) {}, nil
	}
	return g.enter(ctx, TargetOf(c), classFor(r, c, who))
}

// TargetOf is whose room the requests of a route take.
func TargetOf(c *routes.Compiled) string {
	if c.Adapted {
		return "module:" + c.Service
	}
	return "service:" + c.Name
}

// classFor is how important a request to a service outside is.
func classFor(r *http.Request, c *routes.Compiled, who contract.Principal) limit.Class {
	switch c.Priority {
	case routes.PriorityCritical:
		return limit.Critical
	case routes.PriorityWrite:
		return limit.Write
	case routes.PriorityRead:
		return limit.Read
	case routes.PriorityAnonymous:
		return limit.Anonymous
	default:
		return classOf(r, who)
	}
}

// count counts a request against its client's limit.
func (g *Guard) count(h http.Header, r *http.Request, p *place, who contract.Principal) error {
	all := g.rules.Load()
	i := all.of(p)
	if i < 0 {
		return nil
	}
	rule := &all.all[i]
	v := g.rates.Take(rule.Policy, g.keyOf(rule.ByAddress, who, r), max(g.params.Gateways(), 1), g.params.Now())
	h["Ratelimit-Policy"] = []string{all.headers[i]}
	h["Ratelimit"] = []string{v.Header(rule.Policy.Name)}
	if v.Allowed {
		return nil
	}
	g.params.Metrics.limited(p.name(), rule.Policy.Name)
	g.refusedAt(p.name()).limited.Add(1)
	return status.New(status.Exhausted, "rate_limited", "this is over %s requests in %s", strconv.Itoa(rule.Policy.Requests), rule.Policy.Per).
		With(status.DetailRetryAfter, limit.RetryAfter(v.RetryAfter))
}

// name is what metrics call the place.
func (p *place) name() string {
	if p.service != "" {
		return p.service
	}
	return p.route
}

// enter asks whether the target has room.
func (g *Guard) enter(ctx context.Context, target string, class limit.Class) (func(int), error) {
	if g.params.Crowd == nil {
		return func(int) {}, nil
	}
	t, err := g.target(target).Acquire(ctx, class)
	if refused, ok := errors.AsType[*limit.Refused](err); ok {
		g.params.Metrics.shed(target, class)
		g.refusedAt(target).shed.Add(1)
		return nil, status.New(status.Unavailable, "crowded", "there are too many requests for this just now").
			With(status.DetailRetryAfter, limit.RetryAfter(refused.RetryAfter))
	}
	if err != nil {
		return nil, status.From(err)
	}
	return func(code int) { t.Done(outcomeOf(ctx, code)) }, nil
}

func (g *Guard) target(name string) *limit.Concurrency {
	if c, ok := g.targets.Load(name); ok {
		return c.(*limit.Concurrency)
	}
	c, err := limit.NewConcurrency(*g.params.Crowd)
	if err != nil {
		panic(err) // New has checked the parameters
	}
	kept, _ := g.targets.LoadOrStore(name, c)
	return kept.(*limit.Concurrency)
}

// outcomeOf is what an answer's status says of its target.
func outcomeOf(ctx context.Context, code int) limit.Outcome {
	switch {
	case code == 0, code == 499, code == http.StatusBadGateway, ctx.Err() != nil && code != http.StatusGatewayTimeout:
		return limit.Ignored
	case code == http.StatusServiceUnavailable, code == http.StatusGatewayTimeout:
		return limit.Dropped
	default:
		return limit.Served
	}
}

var (
	_ web.Guard   = (*Guard)(nil)
	_ proxy.Guard = (*Guard)(nil)
)
