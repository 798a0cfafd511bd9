package balance

import (
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-kit/kit/endpoint"
	"github.com/go-kit/kit/sd"
	"github.com/go-kit/kit/sd/lb"
)

const (
	// failuresInARow eject an instance.
	failuresInARow = 5
	// firstEjection is how long the first lasts, longestEjection how long any.
	firstEjection   = time.Second
	longestEjection = 30 * time.Second
)

// Params are what a set needs.
type Params struct {
	// Factory makes the endpoint of an instance, and what closes it when the instance is gone. It is called under the set's
	// lock and does not dial.
	Factory sd.Factory
	// Self is the ID of an instance to leave out; it may be empty.
	Self string
	// Ejected is told of every ejection, and how long it lasts; it may be nil.
	Ejected func(Instance, time.Duration)
	// Group counts the instances of sets that stand for each other; nil for a set that stands alone.
	Group *Group
}

// Group is sets of which one can take another's calls: never more than half of the instances of all are ejected.
type Group struct{ total, ejected atomic.Int64 }

// Set is the instances of one module. It is safe for concurrent use.
type Set struct {
	params Params

	mu      sync.Mutex
	entries []*Entry
	// changed is closed, and made anew, when there may be more to choose from.
	changed chan struct{}
}

// NewSet returns a set without instances.
func NewSet(p Params) *Set {
	if p.Group == nil {
		p.Group = new(Group)
	}
	return &Set{params: p, changed: make(chan struct{})}
}

// Update makes these the instances. What is known of those that stay is kept. It returns what closes those that went,
// which may wait for their calls, and the texts that could not be read, which are passed over.
func (s *Set) Update(instances []string) (gone []io.Closer, bad []error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := make([]*Entry, 0, len(instances))
	for _, text := range instances {
		in, err := Parse(text)
		if err != nil {
			bad = append(bad, err)
			continue
		}
		if in.ID == s.params.Self {
			continue
		}
		at := slices.IndexFunc(s.entries, func(e *Entry) bool { return e.instance.ID == in.ID && e.instance.Addr == in.Addr })
		if at >= 0 {
			s.entries[at].instance = in
			kept = append(kept, s.entries[at])
			continue
		}
		e := &Entry{set: s, instance: in}
		if e.endpoint, e.closer, err = s.params.Factory(text); err != nil {
			bad = append(bad, err)
			continue
		}
		kept = append(kept, e)
	}
	for _, e := range s.entries {
		if !slices.Contains(kept, e) {
			e.admit()
			e.gone = true
			if e.closer != nil {
				gone = append(gone, e.closer)
			}
		}
	}
	s.params.Group.total.Add(int64(len(kept) - len(s.entries)))
	s.entries = kept
	s.signal()
	return gone, bad
}

// signal wakes those who wait. The caller holds mu.
func (s *Set) signal() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Changed is closed when there may be more to choose from than at this moment. Ask before Pick, to miss nothing.
func (s *Set) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

// Instances returns those that there are.
func (s *Set) Instances() []Instance {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Instance, len(s.entries))
	for i, e := range s.entries {
		out[i] = e.instance
	}
	return out
}

// Pick chooses an instance and begins a call on it, which Done ends; nil when there is none but those to leave out. A
// repeatable call may be a probe of an ejected instance whose time has come. Where nobody makes such calls any call
// is one after twice the time.
func (s *Set) Pick(repeatable bool, leaveOut []*Entry) *Entry { return s.pick(repeatable, leaveOut, 3) }

// PickWell is Pick that takes no ejected instance, but for a probe.
func (s *Set) PickWell(repeatable bool, leaveOut []*Entry) *Entry {
	return s.pick(repeatable, leaveOut, 2)
}

// pick chooses among those that are wanted so much.
func (s *Set) pick(repeatable bool, leaveOut []*Entry, ranks int) *Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, e := range s.entries {
		if e.mayProbe(now, repeatable) && !slices.Contains(leaveOut, e) {
			e.probing = true
			e.inFlight++
			return e
		}
	}
	// By how much they are wanted: ready ones, draining ones, and ejected ones when there is nothing else.
	for wanted := range ranks {
		one, other := s.two(wanted, leaveOut)
		if other != nil && other.inFlight < one.inFlight {
			one = other
		}
		if one != nil {
			one.inFlight++
			return one
		}
	}
	return nil
}

// mayProbe reports whether a call may try the ejected instance. The caller holds mu.
func (e *Entry) mayProbe(now time.Time, repeatable bool) bool {
	if e.until.IsZero() || e.probing {
		return false
	}
	return repeatable && !now.Before(e.until) || !now.Before(e.anyway)
}

// PickAt is Pick for a call to the instance on one node, whatever is known of it: ejected ones too.
func (s *Set) PickAt(node string) *Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.entries {
		if e.instance.Node() == node {
			e.inFlight++
			return e
		}
	}
	return nil
}

// two returns up to two different instances at random of those that are wanted so much, nil for those that are not
// there. The caller holds mu.
func (s *Set) two(wanted int, leaveOut []*Entry) (one, other *Entry) {
	seen := 0
	for _, e := range s.entries {
		if rank(e) != wanted || slices.Contains(leaveOut, e) {
			continue
		}
		// Each pair is as likely as any other: reservoir sampling of two (Vitter's algorithm R).
		seen++
		switch seen {
		case 1:
			one = e
		case 2:
			other = e
		default:
			switch rand.IntN(seen) {
			case 0:
				one = e
			case 1:
				other = e
			}
		}
	}
	if other != nil && rand.IntN(2) == 0 {
		one, other = other, one // of two that are equally busy either may be first
	}
	return one, other
}

func rank(e *Entry) int {
	switch {
	case !e.until.IsZero():
		return 2
	case e.instance.Draining:
		return 1
	default:
		return 0
	}
}

// mayEject reports whether one more may be ejected. The caller holds mu.
func (s *Set) mayEject() bool {
	return s.params.Group.ejected.Load()+1 <= s.params.Group.total.Load()/2
}

// eject keeps calls away from an instance for a while and returns how long. The caller holds mu.
func (s *Set) eject(e *Entry) time.Duration {
	lasts := min(firstEjection<<min(e.ejections, 10), longestEjection)
	if e.until.IsZero() && !e.gone {
		s.params.Group.ejected.Add(1)
	}
	e.ejections++
	e.failures = 0
	e.until = time.Now().Add(lasts)
	e.anyway = e.until.Add(lasts)
	return lasts
}

// Endpoint chooses as Pick does for calls that may not be repeated, for those who know go-kit's lb.Balancer. How the
// call ends tells nothing of the instance.
func (s *Set) Endpoint() (endpoint.Endpoint, error) {
	e := s.Pick(false, nil)
	if e == nil {
		return nil, lb.ErrNoEndpoints
	}
	e.Done(Unknown)
	return e.endpoint, nil
}

var _ lb.Balancer = (*Set)(nil)
