package routes

import (
	"net/http"
	"time"

	"holon/configs"
)

// Route is one item of gateway.routes: requests that look like this go to that service, on these terms.
type Route struct {
	Name    string   `yaml:"name" help:"its name in metrics, scopes (service:NAME) and every listing; unique"`
	Hosts   []string `yaml:"hosts" help:"host names it is for, *.example.com for all below; none means any host"`
	Path    string   `yaml:"path" help:"pattern in the form of Go's ServeMux, such as /shop/{rest...}; the more specific of two wins"`
	Methods []string `yaml:"methods" help:"methods it takes, GET with HEAD; none means all"`

	Service   string     `yaml:"service" help:"who serves it, in the place of upstreams: a module, by its public routes, or a service whose instances lease (see the registry)"`
	Upstreams []Upstream `yaml:"upstreams" help:"where the service runs"`
	Version   string     `yaml:"version" help:"which versions serve: latest, an exact one or a constraint such as ^1.2; empty means any"`
	Weights   []Weight   `yaml:"weights" help:"how requests are shared among versions; one that is not named gets none"`

	Strip   string `yaml:"strip" help:"beginning that is cut from the path before it is sent on"`
	Rewrite string `yaml:"rewrite" help:"path that is sent on, with {names} of the pattern; not together with strip"`
	// KeepHost sends the client's Host on; without it the upstream sees its own.
	KeepHost bool `yaml:"keep_host" help:"whether the upstream gets the client's Host instead of its own"`

	Timeout time.Duration `yaml:"timeout" help:"how long an answer may take, from the end of the request's headers on"`
	MaxBody configs.Bytes `yaml:"max_body" help:"size of a request's body"`
	Streams bool          `yaml:"streams" help:"whether bodies go on as they come, without an end in sight: uploads, server-sent events"`
	Upgrade bool          `yaml:"upgrade" help:"whether a client may upgrade to another protocol (WebSocket)"`

	Auth         string   `yaml:"auth" help:"who may: none is everybody, any is who has a good token or key"`
	Roles        []string `yaml:"roles" help:"roles of which one is needed"`
	Scopes       []string `yaml:"scopes" help:"scopes of which all are needed"`
	ForwardToken bool     `yaml:"forward_token" help:"whether the upstream gets the client's Authorization header where the gateway has used it"`

	RateLimit string `yaml:"rate_limit" help:"name of one of gateway.rate_limits; empty takes the first that is for this route"`
	Priority  string `yaml:"priority" help:"what goes first when it is crowded: critical, write, read, anonymous, or auto, which goes by method and client"`
	Retry     Retry  `yaml:"retry"`
	CORS      CORS   `yaml:"cors"`
}

// Upstream is one instance of a service outside.
type Upstream struct {
	URL     string `yaml:"url" help:"http://host:port of it; a path is put before that of requests"`
	Version string `yaml:"version" help:"its version, as semver has it"`
}

// Weight is a version's share.
type Weight struct {
	Version string `yaml:"version" help:"version"`
	Weight  int    `yaml:"weight" help:"share, beside the sum of all; 0 gets no requests"`
}

// Retry says when a request that may have reached an upstream is made once more, on another one. What nobody has got
// is sent to another in any case.
type Retry struct {
	Methods []string `yaml:"methods" help:"methods that may be made again; a POST with an Idempotency-Key always may where retries are on"`
	Off     bool     `yaml:"off" help:"whether nothing is made again that an upstream may have got"`
}

// CORS is what browsers are told that come from another origin.
type CORS struct {
	Origins     []string      `yaml:"origins" help:"origins that may, exactly as browsers send them; none means that no other may"`
	Methods     []string      `yaml:"methods" help:"methods that they may use; none means those of the route"`
	Headers     []string      `yaml:"headers" help:"headers that they may send"`
	Expose      []string      `yaml:"expose" help:"headers of answers that they may read"`
	Credentials bool          `yaml:"credentials" help:"whether they may send cookies and tokens of their own"`
	MaxAge      time.Duration `yaml:"max_age" help:"how long a browser may remember what it was told"`
}

// Defaults sets what a route has that says nothing.
func (r *Route) Defaults() {
	r.Timeout = 10 * time.Second
	r.MaxBody = configs.MiB
	r.Auth = AuthAny
	r.Priority = PriorityAuto
	r.Retry.Methods = []string{http.MethodGet, http.MethodHead, http.MethodOptions}
	r.CORS.MaxAge = 10 * time.Minute
}

// Who may.
const (
	AuthNone = "none"
	AuthAny  = "any"
)

// What goes first.
const (
	PriorityAuto      = "auto"
	PriorityCritical  = "critical"
	PriorityWrite     = "write"
	PriorityRead      = "read"
	PriorityAnonymous = "anonymous"
)
