package proxy

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/propagation"

	"holon/modules/gateway/internal/routes"
	"holon/transport/adapter"
	"holon/transport/contract"
	"holon/transport/status"
	"holon/transport/web"
)

// Guard lets requests to a route in.
type Guard interface {
	// AdmitOut is asked once it is known who asks, and before the body is read. It returns an error of the closed set for a
	// request that may not go on, and may set headers of the answer.
	AdmitOut(h http.Header, r *http.Request, c *routes.Compiled, who contract.Principal) error
	// EnterOut is asked when all of the request is there, as far as it is waited for. It returns what is to be called with
	// the answer's status.
	EnterOut(ctx context.Context, r *http.Request, c *routes.Compiled, who contract.Principal) (done func(httpStatus int), err error)
}

// handler serves the requests of one route.
type handler struct {
	route   *routes.Compiled
	service *Service
	auth    web.Authenticator
	guard   Guard
	trusted Trusted
	bodies  *atomic.Int64
	log     *slog.Logger
	proxy   *httputil.ReverseProxy
}

// errand is what a request has on its way, under its context.
type errand struct {
	who   contract.Principal
	id    string
	trip  *trip
	clock *clock
	// in is the request as it came, body what of it is to be sent.
	in    *http.Request
	body  *sending
	began func() // the answer has begun
	// leave says how the answer began: the request takes no place any more.
	leave func(httpStatus int)
}

type errandKey struct{}

// errandOf is set by ServeHTTP for all that happens to the request.
func errandOf(ctx context.Context) *errand { return ctx.Value(errandKey{}).(*errand) }

// roundTripper finds the trip of a request.
type roundTripper struct{}

func (roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	return errandOf(r.Context()).trip.RoundTrip(r)
}

func (h *handler) reverseProxy(b *buffers) *httputil.ReverseProxy {
	p := &httputil.ReverseProxy{
		Rewrite: h.rewrite, Transport: roundTripper{}, BufferPool: b, ErrorHandler: h.fail, ModifyResponse: h.modify,
		ErrorLog: slog.NewLogLogger(h.log.Handler(), slog.LevelDebug),
	}
	if h.route.Streams || h.route.Adapted {
		p.FlushInterval = -1 // what a handler flushes goes on
	}
	return p
}

// ServeHTTP serves a request that the route takes.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := h.route
	if err := clean(r, c.Upgrade); err != nil {
		web.WriteProblem(w, r, err)
		return
	}
	if cors(w, r, c) {
		return
	}
	who, err := h.admit(w, r)
	if err != nil {
		if over := h.guard.AdmitOut(w.Header(), r, c, contract.Principal{}); over != nil {
			err = over // whoever guesses is counted too, by the address
		}
		web.WriteProblem(w, r, err)
		return
	}
	if err := h.guard.AdmitOut(w.Header(), r, c, who); err != nil {
		web.WriteProblem(w, r, err)
		return
	}
	h.receive(w, r, who)
}

// receive waits for a body that is short, and asks for room then: a client that sends slowly takes nobody's place.
func (h *handler) receive(w http.ResponseWriter, r *http.Request, who contract.Principal) {
	c := h.route
	if limit := int64(c.MaxBody); limit > 0 {
		if r.ContentLength > limit {
			web.WriteProblem(w, r, status.New(status.TooLarge, "", "the request body is over %s", c.MaxBody))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
	}
	body, err := take(r, h.bodies, c.Streams)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	defer body.free()
	done, err := h.guard.EnterOut(r.Context(), r, c, who)
	if err != nil {
		web.WriteProblem(w, r, err)
		return
	}
	w.Header().Del("X-Content-Type-Options") // of what the upstream says it says so itself
	seen := &watched{ResponseWriter: w, own: w.Header().Clone()}
	var once sync.Once
	leave := func(status int) { once.Do(func() { done(status) }) }
	defer func() { leave(seen.status) }()
	h.send(seen, r, &errand{who: who, leave: leave}, body)
}

// admit finds out who asks, and whether they may.
func (h *handler) admit(w http.ResponseWriter, r *http.Request) (contract.Principal, error) {
	c := h.route
	if c.Auth == routes.AuthNone {
		return contract.Principal{}, nil
	}
	token, err := web.Bearer(r.Header.Values("Authorization"))
	if err != nil {
		return contract.Principal{}, err
	}
	ctx, cancel := context.WithTimeout(r.Context(), c.Timeout)
	defer cancel()
	who, err := h.auth.Authenticate(ctx, token)
	if err != nil {
		return contract.Principal{}, err
	}
	web.Note(w, who.Subject)
	switch {
	case !who.Covers("service", c.Name) && (!c.Adapted || !who.Covers("module", c.Service)):
		err = status.New(status.PermissionDenied, "out_of_scope", "the API key is not for service %s", c.Name).
			With(status.DetailHint, "its scopes would have to have "+c.Scope())
	case len(c.Roles) > 0 && !slices.ContainsFunc(c.Roles, func(role string) bool { return slices.Contains(who.Roles, role) }):
		err = status.New(status.PermissionDenied, "", "this needs one of the roles %s", strings.Join(c.Roles, ", "))
	}
	for _, scope := range c.Scopes {
		if err == nil && !slices.Contains(who.Scopes, scope) {
			err = status.New(status.PermissionDenied, "", "this needs the scope %s", scope)
		}
	}
	return who, err
}

// send lets the request go and brings its answer back.
func (h *handler) send(w *watched, r *http.Request, e *errand, body *sending) {
	e.id, e.began = w.Header().Get(web.RequestIDHeader), func() {}
	e.trip = &trip{service: h.service, repeatable: h.repeatable(r), body: body, client: r.Context(), streams: h.streams(r), from: r.RemoteAddr}
	if h.route.Adapted {
		e.trip.patience = min(longestPatience, h.route.Timeout/2)
	}
	h.service.budget.Earn()
	ctx, cancel := h.bound(r, e, body)
	defer cancel()
	r = r.WithContext(context.WithValue(ctx, errandKey{}, e))
	e.in, e.body = r, body
	if h.service.here() && h.serveHere(w, r, e, body) {
		return
	}
	h.proxy.ServeHTTP(w, r)
}

// streams reports whether the answer to a request may go on for hours.
func (h *handler) streams(r *http.Request) bool {
	return h.route.Streams || h.route.Upgrade && r.Header.Get("Upgrade") != ""
}

// bound gives the answer its time, which begins when the request has been sent. One that streams only has to begin in time.
func (h *handler) bound(r *http.Request, e *errand, body *sending) (context.Context, context.CancelFunc) {
	bounded, cancel := context.WithCancelCause(r.Context())
	e.clock = newClock(h.route.Timeout, func() { cancel(errLate) })
	left := func() bool { return true }
	if h.streams(r) {
		left = web.OnLeaving(r.Context(), func() { cancel(errLeaving) })
	}
	if body != nil {
		body.clock = e.clock
	}
	if h.streams(r) {
		e.began = e.clock.stop
	}
	return bounded, func() {
		left()
		e.clock.stop()
		cancel(nil)
	}
}

// errLeaving says that the gateway is about to stop: what has no end in sight ends then, and clients come back to another.
var errLeaving = errors.New("the gateway is going")

// repeatable reports whether a request may be made again when it is not known what came of it.
func (h *handler) repeatable(r *http.Request) bool {
	switch retry := h.route.Retry; {
	case retry.Off, r.Header.Get("Upgrade") != "":
		return false
	case slices.Contains(retry.Methods, r.Method):
		return true
	default:
		return r.Method == http.MethodPost && r.Header.Get("Idempotency-Key") != ""
	}
}

// rewrite makes the request that is sent on.
func (h *handler) rewrite(p *httputil.ProxyRequest) {
	c, out := h.route, p.Out
	e := errandOf(p.In.Context())
	path := c.SentPath(p.In.URL)
	out.URL.RawPath = path
	if plain, err := url.PathUnescape(path); err == nil {
		out.URL.Path = plain
	}
	out.URL.RawQuery = p.In.URL.RawQuery // as it is: its upstream knows what it means
	out.Host = ""
	if c.KeepHost || c.Adapted {
		out.Host = p.In.Host
	}
	if c.Adapted && h.streams(p.In) {
		adapter.Streams(out.Header)
	}
	out.Trailer = nil
	out.Header.Del("Expect") // the client is told by the server, when its body is read
	h.trusted.tell(p.In, out.Header)
	if c.Adapted && c.Strip != "" {
		out.Header.Set("X-Forwarded-Prefix", c.Strip)
	}
	if c.Auth != routes.AuthNone && !c.ForwardToken {
		out.Header.Del("Authorization")
	}
	out.Header.Set(web.RequestIDHeader, e.id)
	adapter.Introduce(out.Header, e.who)
	out.Header.Del("Traceparent")
	out.Header.Del("Tracestate")
	propagation.TraceContext{}.Inject(p.In.Context(), propagation.HeaderCarrier(out.Header))
	if _, named := out.Header["User-Agent"]; !named {
		out.Header.Set("User-Agent", "") // else the transport would give its own
	}
}

// errUnasked says that an upstream changed to a protocol that nobody had asked for.
var errUnasked = errors.New("it changed to another protocol unasked")

// modify looks at an answer before it is passed on.
func (h *handler) modify(resp *http.Response) error {
	if resp.StatusCode == http.StatusSwitchingProtocols && !strings.EqualFold(resp.Header.Get("Upgrade"), resp.Request.Header.Get("Upgrade")) {
		return errUnasked
	}
	h.answered(errandOf(resp.Request.Context()), resp.StatusCode, resp.Header)
	return nil
}

// answered notes that an answer has begun, and takes out of its headers what is the gateway's to say.
func (h *handler) answered(e *errand, code int, header http.Header) {
	e.began()
	e.leave(code)
	header.Del(web.RequestIDHeader)
	for name := range header {
		// What browsers may is said once.
		if strings.HasPrefix(name, ours) || len(h.route.CORS.Origins) > 0 && strings.HasPrefix(name, "Access-Control-") {
			delete(header, name)
		}
	}
}

// watched knows the status of an answer.
type watched struct {
	http.ResponseWriter
	status int
	// own is what the gateway says: the proxy forgets it behind each provisional answer.
	own http.Header
}

func (w *watched) WriteHeader(code int) {
	if code == http.StatusContinue {
		return // the client was told when its own body was read
	}
	if h := w.Header(); code >= 200 || code == http.StatusSwitchingProtocols {
		for name, values := range w.own {
			if _, kept := h[name]; !kept {
				h[name] = values
			}
		}
	} else {
		for name := range h {
			if strings.HasPrefix(name, ours) {
				delete(h, name)
			}
		}
	}
	if w.status == 0 || w.status < 200 {
		w.status = code
	}
	if _, said := w.Header()["Content-Type"]; !said {
		w.Header()["Content-Type"] = nil // the server would guess one, where the upstream has said none
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *watched) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(p)
}

// Hijack hands the connection over to another protocol.
func (w *watched) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err == nil {
		w.status = http.StatusSwitchingProtocols
	}
	return c, rw, err
}

// Unwrap lets http.ResponseController find the connection.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

var _ io.Writer = (*watched)(nil)
