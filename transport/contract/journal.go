package contract

import (
	"context"
	"slices"
	"sync"
	"time"
)

// maxCalls is how many calls of a request are kept one by one; further ones are counted.
const maxCalls = 32

// Call is one call made on behalf of a request.
type Call struct {
	Method string `json:"method"`
	// Place is where the owner ran, local or remote.
	Place string `json:"place"`
	// Start counts from the request's own.
	Start time.Duration `json:"start_ns"`
	Took  time.Duration `json:"took_ns"`
	// Code is "ok", or the reason of the failure, or its code where it has none.
	Code string `json:"code"`
}

// Journal is where the time of one request went: the calls made for it, over however many modules, and how it failed.
// It stays in the process; a nil Journal takes everything and keeps nothing.
type Journal struct {
	began time.Time

	// mu, because what a request has started may go on calling after its answer, while somebody reads.
	mu    sync.Mutex
	calls []Call
	more  int
	code  string
	// one is room for the call of most requests.
	one [1]Call
}

// journaled is a journal together with the context that carries it, so that a request pays for one piece of memory.
type journaled struct {
	scoped
	journal Journal
}

// WithJournal returns a context whose calls are noted, and where. began is the start of the request.
func WithJournal(ctx context.Context, began time.Time) (context.Context, *Journal) {
	j := &journaled{scoped: scoped{Context: ctx, scope: *scopeOf(ctx)}}
	j.journal.began = began
	j.scoped.journal = &j.journal
	return &j.scoped, &j.journal
}

// JournalOf returns the journal of the request that the work is done for, nil for none.
func JournalOf(ctx context.Context) *Journal { return scopeOf(ctx).journal }

// Note keeps a call that began at started.
func (j *Journal) Note(started time.Time, c Call) {
	if j == nil {
		return
	}
	c.Start = started.Sub(j.began)
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.calls) == maxCalls {
		j.more++
		return
	}
	if j.calls == nil {
		j.calls = j.one[:0]
	}
	j.calls = append(j.calls, c)
}

// Calls returns what was noted up to now, in the order in which the calls ended, and how many more there were.
func (j *Journal) Calls() (calls []Call, more int) {
	if j == nil {
		return nil, 0
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.calls), j.more
}

// Fail keeps the code that the request was answered with.
func (j *Journal) Fail(code string) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.code = code
}

// Code returns what Fail was given last, "" for a request that did not fail.
func (j *Journal) Code() string {
	if j == nil {
		return ""
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.code
}
