package web

import (
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"holon/transport/contract"
)

// What a Recorder keeps at the most, of the last 15 minutes: 200 requests that failed by our fault, 200 that did by the
// client's, and 200 slow ones.
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
	// Slow requests took longer than a Recorder was told, not counting what the client took to send the body, and did
	// not fail.
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
	// Path is text, is cut after 256 bytes and has no query, which may be about persons.
	Path string `json:"path"`
	// Status is 0 for an answer that broke off before it began.
	Status int `json:"status"`
	// Code is the problem's, or "aborted" or "panicked" for an answer that broke off.
	Code string        `json:"code,omitempty"`
	Took time.Duration `json:"took_ns"`
	// Waited is the part of Took in which the client sent the body.
	Waited    time.Duration `json:"waited_ns,omitempty"`
	TraceID   string        `json:"trace_id"`
	RequestID string        `json:"request_id"`
	// Subject is the user's id, "" for nobody that is known.
	Subject string `json:"subject,omitempty"`
	// Calls are in the order in which they ended; MoreCalls is how many were too many to keep.
	Calls     []contract.Call `json:"calls,omitempty"`
	MoreCalls int             `json:"more_calls,omitempty"`
}

// Recorder keeps the failed and the slow requests of the last minutes in memory. Neither kind pushes out the other, and
// what clients cause, of which they can make as many as they like, pushes out no fault of ours.
type Recorder struct {
	slow time.Duration

	mu sync.Mutex
	// ours and theirs have failed, by whose fault; late were slow.
	ours, theirs, late ring
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
	for _, kept := range []*ring{&r.ours, &r.theirs, &r.late} {
		kept.drop(oldest)
	}
	return f.choose(r.ours.all(), r.theirs.all(), r.late.all())
}

// placeOf returns where a request is kept and as what kind, nil for one that is not.
func (r *Recorder) placeOf(v *visit, httpStatus int) (*ring, string) {
	switch {
	case v.broke == panicked || httpStatus >= http.StatusInternalServerError:
		return &r.ours, Failed
	case v.broke == aborted, httpStatus == http.StatusTooManyRequests, httpStatus == statusClientGone:
		return &r.theirs, Failed
	case r.slow > 0 && v.took-v.waited > r.slow:
		return &r.late, Slow
	default:
		return nil, ""
	}
}

func (r *Recorder) keep(place *ring, q Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	place.add(q)
}

// cut returns a copy of the first n bytes of s, and keeps its last character whole. What is no text in it is replaced:
// collectors of traces refuse everything that comes together with it.
func cut(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) > n {
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	return strings.Clone(s)
}
