package wire

import (
	"encoding/binary"
	"time"

	"go.opentelemetry.io/otel/trace"

	"holon/transport/contract"
)

// Request is one call. The receiver's is valid until the handler returns, with its Body; its strings and roles may be
// kept and not changed.
type Request struct {
	Method     string
	Caller     string
	Principal  contract.Principal
	Trace      trace.SpanContext
	Idempotent bool
	Body       []byte
}

// The tags of a call's header.
const (
	headerMethod     = 1
	headerCaller     = 2
	headerSubject    = 3
	headerRoles      = 4
	headerLeft       = 5
	headerTrace      = 6
	headerTraceState = 7
	headerIdempotent = 8
	headerScopes     = 9
	headerKey        = 10
)

// traceSize is that of a trace id, a span id and flags.
const traceSize = 16 + 8 + 1

// unlimited is the time left of a call without a deadline; longest is what more counts as.
const (
	unlimited time.Duration = -1
	longest                 = 365 * 24 * time.Hour
)

// appendHeader appends all of a call but its body.
func appendHeader(b []byte, r *Request, left time.Duration) []byte {
	b = appendField(b, headerMethod, r.Method)
	if r.Caller != "" {
		b = appendField(b, headerCaller, r.Caller)
	}
	if r.Principal.Subject != "" {
		b = appendField(b, headerSubject, r.Principal.Subject)
	}
	if len(r.Principal.Roles) > 0 {
		b = appendList(b, headerRoles, r.Principal.Roles)
	}
	if len(r.Principal.Scopes) > 0 {
		b = appendList(b, headerScopes, r.Principal.Scopes)
	}
	if r.Principal.Key != "" {
		b = appendField(b, headerKey, r.Principal.Key)
	}
	if left != unlimited {
		b = appendNumber(b, headerLeft, uint64(left/time.Microsecond))
	}
	if r.Trace.IsValid() {
		id, span := r.Trace.TraceID(), r.Trace.SpanID()
		b = append(b, headerTrace, traceSize)
		b = append(b, id[:]...)
		b = append(b, span[:]...)
		b = append(b, byte(r.Trace.TraceFlags()))
		if r.Trace.TraceState().Len() > 0 {
			b = appendField(b, headerTraceState, r.Trace.TraceState().String())
		}
	}
	if r.Idempotent {
		b = append(b, headerIdempotent, 0)
	}
	return b
}

func appendList(b []byte, tag byte, list []string) []byte {
	size := 0
	for _, text := range list {
		size += varintLen(uint64(len(text))) + len(text)
	}
	b = append(b, tag)
	b = binary.AppendUvarint(b, uint64(size))
	for _, text := range list {
		b = appendText(b, text)
	}
	return b
}

// parseHeader fills r, but its body, and returns the time left. Names come out of n.
func parseHeader(b []byte, r *Request, n *names) (left time.Duration, err error) {
	*r, left = Request{}, unlimited
	var state []byte
	for len(b) > 0 {
		var tag byte
		var value []byte
		if tag, value, b, err = cutField(b); err != nil {
			return 0, err
		}
		switch tag {
		case headerMethod:
			r.Method = n.text(value)
		case headerCaller:
			r.Caller = n.text(value)
		case headerSubject:
			r.Principal.Subject = string(value)
		case headerRoles:
			r.Principal.Roles, err = n.list(value)
		case headerScopes:
			r.Principal.Scopes, err = n.list(value)
		case headerKey:
			r.Principal.Key = string(value)
		case headerLeft:
			left, err = parseLeft(value)
		case headerTrace:
			r.Trace, err = parseTrace(value)
		case headerTraceState:
			state = value
		case headerIdempotent:
			r.Idempotent = true
		}
		if err != nil {
			return 0, err
		}
	}
	if r.Method == "" {
		return 0, malformed("a call without a method")
	}
	if len(state) > 0 && r.Trace.IsValid() {
		// A tracestate that cannot be read is dropped, as W3C has it; the trace goes on.
		if parsed, err := trace.ParseTraceState(string(state)); err == nil {
			r.Trace = r.Trace.WithTraceState(parsed)
		}
	}
	return left, nil
}

func parseLeft(value []byte) (time.Duration, error) {
	micros, err := number(value)
	if err != nil || micros >= uint64(longest/time.Microsecond) {
		return longest, err
	}
	return time.Duration(micros) * time.Microsecond, nil
}

func parseTrace(value []byte) (trace.SpanContext, error) {
	if len(value) != traceSize {
		return trace.SpanContext{}, malformed("a trace of %d bytes", len(value))
	}
	sc := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID(value[:16]), SpanID: trace.SpanID(value[16:24]),
		TraceFlags: trace.TraceFlags(value[24]), Remote: true,
	})
	if !sc.IsValid() {
		return trace.SpanContext{}, nil
	}
	return sc, nil
}

// cutHeader takes the header off a call's message.
func cutHeader(message []byte) (header, body []byte, err error) {
	header, body, err = cutText(message)
	if err == nil && len(header) > maxHeader {
		err = refuse(reasonOversized, "a header of %d bytes", len(header))
	}
	return header, body, err
}
