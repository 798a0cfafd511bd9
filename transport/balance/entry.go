package balance

import (
	"io"
	"time"

	"github.com/go-kit/kit/endpoint"
)

// Entry is an instance in a set, with what is known of it. Its fields are guarded by the set's lock.
type Entry struct {
	set      *Set
	instance Instance
	endpoint endpoint.Endpoint
	closer   io.Closer

	inFlight int
	// failures are those in a row; ejections how often it was ejected without working in between.
	failures, ejections int
	// until is when an ejected instance may be tried by a call that may be repeated, zero for one that is not ejected; anyway
	// is when any call may. probing says that it is being tried.
	until, anyway time.Time
	probing       bool
	gone          bool
}

// Instance returns where the entry is.
func (e *Entry) Instance() Instance {
	e.set.mu.Lock()
	defer e.set.mu.Unlock()
	return e.instance
}

// Endpoint returns what calls the instance.
func (e *Entry) Endpoint() endpoint.Endpoint { return e.endpoint }

// Outcome is what a call tells of its instance.
type Outcome int

// The outcomes. An instance that refuses a request for a good reason works; a caller that goes away tells nothing.
const (
	Worked Outcome = iota
	Failed
	Unknown
)

// Works says in the middle of a call that the instance works: a call may last for hours.
func (e *Entry) Works() {
	e.set.mu.Lock()
	defer e.set.mu.Unlock()
	e.well()
}

// well forgets what was held against the instance. The caller holds the set's lock.
func (e *Entry) well() {
	if !e.until.IsZero() {
		e.set.signal() // one more to choose from
	}
	e.admit()
	e.failures, e.ejections, e.probing = 0, 0, false
}

// admit ends an ejection. The caller holds the set's lock.
func (e *Entry) admit() {
	if !e.until.IsZero() && !e.gone {
		e.set.params.Group.ejected.Add(-1)
	}
	e.until = time.Time{}
}

// Done ends a call that Pick began.
func (e *Entry) Done(o Outcome) {
	s := e.set
	s.mu.Lock()
	e.inFlight--
	var ejected time.Duration
	switch o {
	case Worked:
		e.well()
	case Failed:
		e.failures++
		if e.probing || e.until.IsZero() && e.failures >= failuresInARow && s.mayEject() {
			ejected = s.eject(e)
		}
		e.probing = false
	case Unknown:
		e.probing = false
	}
	in, gone := e.instance, e.gone
	s.mu.Unlock()
	if ejected > 0 && !gone && s.params.Ejected != nil {
		s.params.Ejected(in, ejected)
	}
}
