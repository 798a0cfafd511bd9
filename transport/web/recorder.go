package web

import (
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"holon/transport/contract"
)

// What a Recorder keeps at the most: 200 requests of each kind, of the last 15 minutes.
const (
	keptRequests = 200
	keptFor      = 15 * time.Minute
	maxPath      = 256
	maxMethod    = 32
)

// The kinds of requests that are kept.
const (
	// Failed requests were answered with a status of 500 or more, with 429 or 499, or not to the end.
	Failed = "failed"
	// Slow requests took longer than a Recorder was told, and did not fail.
	Slow = "slow"
)

// Request is a request that failed or was slow, and where its time went.
type Request struct {
	Time time.Time `json:"time"`
	// Kind is Failed or Slow.
	Kind   string `json:"kind"`
	Method string `json:"method"`
	// Route is its pattern, "none" where no route took the request.
	Route string `json:"route"`
	// Path is cut after 256 bytes and has no query, which may be about persons.
	Path string `json:"path"`
	// Status is 0 for an answer that broke off before it began.
	Status int `json:"status"`
	// Code is the problem's, or "aborted" or "panicked" for an answer that broke off.
	Code      string        `json:"code,omitempty"`
	Took      time.Duration `json:"took_ns"`
	TraceID   string        `json:"trace_id"`
	RequestID string        `json:"request_id"`
	// Subject is the user's id, "" for nobody that is known.
	Subject string `json:"subject,omitempty"`
	// Calls are in the order in which they ended; MoreCalls is how many were too many to keep.
	Calls     []contract.Call `json:"calls,omitempty"`
	MoreCalls int             `json:"more_calls,omitempty"`
}

// Recorder keeps the failed and the slow requests of the last minutes in memory. Neither kind pushes out the other.
type Recorder struct {
	slow time.Duration

	mu     sync.Mutex
	failed ring
	late   ring
}

// NewRecorder returns a recorder for which a request is slow that takes longer than slow; 0 means that none is.
func NewRecorder(slow time.Duration) *Recorder { return &Recorder{slow: slow} }

// Filter says which requests are wanted; the zero Filter is all.
type Filter struct {
	// Kind is Failed, Slow, or "" for both.
	Kind string
	// Route is a pattern, "" for all.
	Route string
	// TraceID is that of one request, "" for all.
	TraceID string
	// Limit is how many at the most, 0 for all.
	Limit int
}

// List returns requests, newest first by their beginning. They are copies that share nothing.
func (r *Recorder) List(f Filter) []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	oldest := time.Now().Add(-keptFor)
	r.failed.drop(oldest)
	r.late.drop(oldest)
	return f.choose(r.failed.all(), r.late.all())
}

// kindOf is Failed, Slow, or "" for a request that is not kept.
func (r *Recorder) kindOf(v *visit, httpStatus int) string {
	switch {
	case v.broke != "" || httpStatus >= http.StatusInternalServerError,
		httpStatus == http.StatusTooManyRequests, httpStatus == statusClientGone:
		return Failed
	case r.slow > 0 && v.took > r.slow:
		return Slow
	default:
		return ""
	}
}

func (r *Recorder) keep(kind string, q Request) {
	q.Kind = kind
	r.mu.Lock()
	defer r.mu.Unlock()
	if kind == Failed {
		r.failed.add(q)
		return
	}
	r.late.add(q)
}

// cut returns a copy of the first n bytes of s, and keeps its last character whole.
func cut(s string, n int) string {
	if len(s) > n {
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	return strings.Clone(s)
}
