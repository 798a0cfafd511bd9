package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"go.opentelemetry.io/otel/trace"

	"holon/transport/status"
)

// Problem is an error as the public sees it: RFC 9457 with a code for programs, a hint for people and the trace id
// under which the logs have the rest.
type Problem struct {
	Type    string       `json:"type" doc:"Always about:blank; the code tells problems apart." example:"about:blank"`
	Title   string       `json:"title" doc:"The HTTP status in words."`
	Status  int          `json:"status" doc:"The HTTP status."`
	Detail  string       `json:"detail" doc:"What went wrong, in a sentence."`
	Code    string       `json:"code" doc:"A stable snake_case name to switch on." example:"not_found"`
	Hint    string       `json:"hint,omitempty" doc:"What to do next."`
	TraceID string       `json:"trace_id,omitempty" doc:"Find the request in the logs by it."`
	Errors  []FieldError `json:"errors,omitempty" doc:"What is wrong where, when the request was invalid."`

	retryAfter string
}

// FieldError is one fault of a request. It never repeats the value, which may be a password.
type FieldError struct {
	Location string `json:"location,omitempty" doc:"Where, for example body.items[0].quantity."`
	Message  string `json:"message" doc:"What is wrong with it."`
}

// Error returns the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status; huma asks for it.
func (p *Problem) GetStatus() int { return p.Status }

const problemType = "application/problem+json"

// ContentType makes huma label the body as a problem.
func (p *Problem) ContentType(string) string { return problemType }

// GetHeaders returns the headers that belong to the problem; huma writes them.
func (p *Problem) GetHeaders() http.Header {
	h := make(http.Header, 1)
	if p.retryAfter != "" {
		h.Set("Retry-After", p.retryAfter)
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="holon"`)
	}
	return h
}

// ProblemOf turns any error into a problem. What is outside the closed set says nothing but "internal error".
func ProblemOf(ctx context.Context, err error) *Problem {
	e := status.From(err)
	p := newProblem(ctx, e.Code.HTTP(), e.Message)
	p.Code = e.Name()
	p.Hint = e.Details[status.DetailHint]
	p.retryAfter = e.Details[status.DetailRetryAfter]
	if p.retryAfter == "" && (p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests) {
		p.retryAfter = "1"
	}
	return p
}

// statusClientGone is the customary status of a client that hung up.
const statusClientGone = 499

// newProblem fills in what follows from the HTTP status.
func newProblem(ctx context.Context, httpStatus int, detail string) *Problem {
	p := &Problem{Type: "about:blank", Title: http.StatusText(httpStatus), Status: httpStatus, Detail: detail}
	if httpStatus == statusClientGone {
		p.Title = "Client Closed Request"
	}
	p.Code = codeName(httpStatus)
	if id := trace.SpanContextFromContext(ctx).TraceID(); id.IsValid() {
		p.TraceID = id.String()
	}
	return p
}

// codeName is the code of a failure that only HTTP knows, such as 415: the closed set's name where it has one, the
// status in snake_case where not.
func codeName(httpStatus int) string {
	if c := status.FromHTTP(httpStatus); c.HTTP() == httpStatus {
		return c.String()
	}
	return strings.ReplaceAll(strings.ToLower(http.StatusText(httpStatus)), " ", "_")
}

// humaProblem is how huma reports what it finds wrong with a request.
func humaProblem(ctx context.Context, httpStatus int, detail string, errs []error) *Problem {
	p := newProblem(ctx, httpStatus, detail)
	switch httpStatus {
	case http.StatusBadRequest:
		if len(errs) > 0 { // none means that there is no body, which the detail says
			p.Detail = "the request body could not be read"
		}
	case http.StatusUnsupportedMediaType:
		p.Detail = "the request body is of a type this route does not take"
		p.Hint = "send JSON with Content-Type: application/json (curl --json does)"
	}
	for _, err := range errs {
		f := FieldError{Message: err.Error()}
		if d, ok := err.(huma.ErrorDetailer); ok {
			f = FieldError{Location: d.ErrorDetail().Location, Message: d.ErrorDetail().Message}
		}
		p.Errors = append(p.Errors, f)
	}
	return p
}

// useProblems makes huma speak Problem. Its switches are variables of its package, so this is done once for the process
// and always to the same effect.
var useProblems = sync.OnceFunc(func() {
	huma.NewError = func(s int, detail string, errs ...error) huma.StatusError {
		return humaProblem(context.Background(), s, detail, errs)
	}
	huma.NewErrorWithContext = func(c huma.Context, s int, detail string, errs ...error) huma.StatusError {
		return humaProblem(c.Context(), s, detail, errs)
	}
	// A second "Password" would pass unchecked by the schema of "password" and be decoded into its field.
	huma.ValidateStrictCasing = true
	// A list that is absent is an empty one; null is refused on the way in and never sent.
	huma.DefaultArrayNullable = false
	// What the parsers of the standard library say repeats the value.
	huma.ErrorFormatter = func(format string, args ...any) string {
		for _, arg := range args {
			if _, ok := arg.(error); ok {
				return strings.TrimSuffix(format, ": %v")
			}
		}
		return fmt.Sprintf(format, args...)
	}
})
