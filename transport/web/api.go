package web

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"holon/transport/contract"
	"holon/transport/status"
)

const bearerScheme = "bearer"

// Params are what an API needs.
type Params struct {
	Title, Version, About string
	Auth                  Authenticator
	Limits                Limits
	Log                   *slog.Logger
	Metrics               prometheus.Registerer
	// Recorder keeps what failed and what was slow; nil keeps nothing.
	Recorder *Recorder
	// Tracer takes a span of every request; without one, requests only have a trace id.
	Tracer trace.TracerProvider
	// Guard may be nil.
	Guard Guard
	// Surfaces are mounted in the order of their modules' names.
	Surfaces []Surface
}

// API is every route of a node behind one handler.
type API struct {
	mux           *http.ServeMux
	huma          huma.API
	problemSchema *huma.Schema
	auth          Authenticator
	limits        Limits
	log           *slog.Logger
	metrics       *metrics
	recorder      *Recorder
	tracer        trace.Tracer
	guard         Guard
	outside       Outside
	routes        []*RouteInfo
	document      []byte
	// module is whose routes are being added.
	module string
}

// New mounts the surfaces. Two routes of one method and path are refused.
func New(p Params) (*API, error) {
	useProblems()
	m, err := newMetrics(p.Metrics)
	if err != nil {
		return nil, fmt.Errorf("register http metrics: %w", err)
	}
	mux := http.NewServeMux()
	config := huma.DefaultConfig(p.Title, p.Version)
	config.Info.Description = p.About
	// The document is served by this package (huma builds its own lazily and unguarded), the docs page without a
	// CDN, and no $schema is put into every answer.
	config.OpenAPIPath, config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", "", nil
	config.Formats = formats()
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		bearerScheme: {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "The access_token of POST /sessions."},
	}
	a := &API{mux: mux, auth: p.Auth, limits: p.Limits, log: p.Log, metrics: m, recorder: p.Recorder, tracer: tracerOf(p.Tracer), guard: p.Guard}
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", a.schemaName)
	a.huma = humago.New(mux, config)
	a.problemSchema = a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	// First what is ours: a module that takes a path of it is then told so like any other.
	a.mountDocs(p.Title)
	mux.HandleFunc("/", a.noRoute)
	if err := a.mount(p.Surfaces); err != nil {
		return nil, err
	}
	if a.document, err = json.MarshalIndent(a.huma.OpenAPI(), "", "  "); err != nil {
		return nil, fmt.Errorf("render the OpenAPI document: %w", err)
	}
	return a, nil
}

// schemaName puts the module before the name of its type: two modules may both have a page and know nothing of it.
func (a *API) schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if a.module == "" {
		return name
	}
	return strings.ToUpper(a.module[:1]) + a.module[1:] + name
}

// mount adds the surfaces' routes. Huma and the mux panic on a route they cannot take, which is a fault of whoever
// declared it and is reported as such.
func (a *API) mount(surfaces []Surface) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("mount the routes of module %q: %v", a.module, r)
		}
	}()
	sorted := slices.SortedFunc(slices.Values(surfaces), func(x, y Surface) int { return strings.Compare(x.Module, y.Module) })
	for _, s := range sorted {
		a.module = s.Module
		s.Routes(a)
	}
	return nil
}

// Document returns the OpenAPI 3.1 document as indented JSON.
func (a *API) Document() []byte { return a.document }

// Routes returns every route, sorted by path and method.
func (a *API) Routes() []RouteInfo {
	routes := make([]RouteInfo, 0, len(a.routes))
	for _, r := range a.routes {
		routes = append(routes, *r)
	}
	slices.SortFunc(routes, func(x, y RouteInfo) int { return strings.Compare(x.Path+" "+x.Method, y.Path+" "+y.Method) })
	return routes
}

// counters are those of the server that serves the API.
func (a *API) counters() (*refusals, prometheus.Gauge) { return a.metrics.refused, a.metrics.conns }

// problem turns an owner's error into the answer. A cause that is still there has not been logged by a call's guard.
func (a *API) problem(ctx context.Context, err error) *Problem {
	e := status.From(err)
	if e.Code == status.Internal && e.Unwrap() != nil {
		a.log.ErrorContext(ctx, "request failed", "err", e)
	}
	p := ProblemOf(ctx, e)
	contract.JournalOf(ctx).Fail(p.Code) // huma writes it, and does not say so
	return p
}

// noRoute answers what no route takes: 405 with the methods that would do, or 404.
func (a *API) noRoute(w http.ResponseWriter, r *http.Request) {
	var allow []string
	for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodPatch, http.MethodPost, http.MethodPut} {
		probe := r.WithContext(r.Context())
		probe.Method = method
		if _, pattern := a.mux.Handler(probe); pattern != "/" && pattern != "" {
			allow = append(allow, method)
		}
	}
	if len(allow) == 0 {
		a.turnAway(w, r, ProblemOf(r.Context(), status.New(status.NotFound, "no_route", "no route for %s", r.URL.Path).
			With(status.DetailHint, "see /docs for the routes")))
		return
	}
	w.Header().Set("Allow", strings.Join(allow, ", "))
	p := newProblem(r.Context(), http.StatusMethodNotAllowed, r.Method+" is not for this path")
	p.Hint = "use " + strings.Join(allow, " or ")
	a.turnAway(w, r, p)
}

// WriteProblem answers a request with an error of any kind, for handlers that stand outside of an API.
func WriteProblem(w http.ResponseWriter, r *http.Request, err error) {
	writeProblem(w, r, ProblemOf(r.Context(), err))
}

// WriteRefusal answers with a status that the closed set of errors does not have, such as 502, a code and a sentence.
func WriteRefusal(w http.ResponseWriter, r *http.Request, httpStatus int, code, detail string) {
	p := newProblem(r.Context(), httpStatus, detail)
	p.Code = code
	writeProblem(w, r, p)
}

// writeProblem answers outside of huma.
func writeProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	contract.JournalOf(r.Context()).Fail(p.Code)
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(p) // the client hung up: nobody is left to tell
	}
}
