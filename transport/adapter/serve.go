package adapter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"holon/transport/contract"
	"holon/transport/status"
	"holon/transport/web"
)

// ServeHere has the module's handler of this process answer a request, which says who asks (see Introduce). It reports false,
// and has done nothing, where the module takes no requests here. It panics with http.ErrAbortHandler when the answer breaks
// off, as handlers do.
func (a *Adapter) ServeHere(w http.ResponseWriter, r *http.Request, module string) bool {
	h := a.begin(module)
	if h == nil {
		return false
	}
	defer a.leave(h)
	a.serve(h, w, r)
	return true
}

// serve is all that happens around a handler, whichever way its request came.
func (a *Adapter) serve(h *handler, rw http.ResponseWriter, r *http.Request) {
	w := &answer{to: rw, upgrade: r.Header.Get("Upgrade")}
	ctx, cancel := context.WithCancelCause(a.life)
	defer cancel(nil)
	defer context.AfterFunc(r.Context(), func() { cancel(context.Cause(r.Context())) })()
	if r.Header.Get(headStreams) != "" {
		r.Header.Del(headStreams)
		defer context.AfterFunc(a.streaming, func() { cancel(errGoing) })()
		defer context.AfterFunc(ctx, w.hangUp)()
	}
	if who := introduced(r.Header); who.Subject != "" || who.Key != "" || len(who.Roles) > 0 {
		ctx = contract.WithPrincipal(ctx, who)
	}
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
	var span trace.Span
	if a.tracer != nil && trace.SpanContextFromContext(ctx).IsSampled() {
		ctx, span = a.tracer.Start(ctx, h.module+" "+r.Method, trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(attribute.String("holon.module", h.module), attribute.String("url.path", r.URL.Path)))
	}
	in := plain(ctx, r)
	defer func() {
		p := recover()
		if p != nil {
			p = a.broke(ctx, h, w, r, p)
		}
		w.finish()
		if in.MultipartForm != nil {
			_ = in.MultipartForm.RemoveAll() // of its own request net/http does so
		}
		if span != nil {
			endSpan(span, w.begun(), p != nil)
		}
		if p != nil {
			panic(p)
		}
	}()
	h.http.ServeHTTP(w, in)
}

// errGoing says that the node goes: what has no end in sight ends now.
var errGoing = errors.New("the node is going")

// plain is a request with nothing in it but what has come over the network, or could have.
func plain(ctx context.Context, r *http.Request) *http.Request {
	in := &http.Request{
		Method: r.Method, URL: r.URL, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: r.Header, Body: r.Body,
		ContentLength: r.ContentLength, TransferEncoding: r.TransferEncoding, Host: r.Host, RemoteAddr: r.RemoteAddr,
		RequestURI: r.URL.RequestURI(), Trailer: r.Trailer,
	}
	if in.Body == nil {
		in.Body = http.NoBody
	}
	return in.WithContext(ctx)
}

// broke sees to a handler that panicked, and returns what to panic with, nil where the answer could be given in its place.
func (a *Adapter) broke(ctx context.Context, h *handler, w *answer, r *http.Request, p any) any {
	if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		return http.ErrAbortHandler
	}
	a.log.ErrorContext(ctx, "handler panicked", "module", h.module, "method", r.Method, "path", r.URL.Path,
		"err", fmt.Sprint(p), "stack", string(debug.Stack()))
	if w.begun() != 0 {
		return http.ErrAbortHandler // half an answer must not look whole
	}
	clear(w.Header())
	web.WriteProblem(w, r.WithContext(ctx), status.New(status.Internal, "", "internal error"))
	return nil
}

func endSpan(span trace.Span, code int, broke bool) {
	switch {
	case broke:
		span.SetStatus(codes.Error, "broke off")
	case code >= http.StatusInternalServerError:
		span.SetStatus(codes.Error, strconv.Itoa(code))
	}
	if code != 0 {
		span.SetAttributes(attribute.Int("http.response.status_code", code))
	}
	span.End()
}
