package balance

import "time"

// State is what is known of an instance at one moment.
type State struct {
	Instance Instance
	// InFlight are the calls under way, Failures those that failed in a row.
	InFlight, Failures int
	// Until is when an ejected instance may be tried again, zero for one that is not ejected.
	Until time.Time
}

// States returns what is known of every instance. It changes nothing.
func (s *Set) States() []State {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]State, len(s.entries))
	for i, e := range s.entries {
		out[i] = State{Instance: e.instance, InFlight: e.inFlight, Failures: e.failures, Until: e.until}
	}
	return out
}
