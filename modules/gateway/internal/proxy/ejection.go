package proxy

import (
	"time"

	"holon/transport/balance"
)

// Ejection is for how long an instance gets no requests.
type Ejection = time.Duration

// Breaker is what operators call the state of an instance.
type Breaker string

// The states of an instance.
const (
	// Closed: requests go through.
	Closed Breaker = "closed"
	// Open: it has failed too often, and none go through.
	Open Breaker = "open"
	// HalfOpen: its time is over, and one request at a time tries whether it works.
	HalfOpen Breaker = "half-open"
)

// Instance is one instance of a service as people see it.
type Instance struct {
	Address  string `json:"address"`
	Version  string `json:"version,omitempty"`
	Weight   int    `json:"weight"`
	InFlight int    `json:"in_flight"`
	Failures int    `json:"failures_in_a_row"`
	// Here is this process, which is asked directly.
	Here bool `json:"here,omitempty"`
	// Last says that it fails its checks or drains, and is asked when no other is left.
	Last    bool      `json:"last,omitempty"`
	Breaker Breaker   `json:"breaker"`
	Until   time.Time `json:"open_until,omitzero"`
}

// Instances returns what is known of each instance.
func (s *Service) Instances() []Instance {
	now, m := time.Now(), s.members.Load()
	out := s.ownInstance()
	for _, v := range m.versions {
		for _, st := range v.set.States() {
			out = append(out, Instance{Address: m.address(st.Instance), Version: v.name, Weight: v.weight, Last: st.Instance.Draining,
				InFlight: st.InFlight, Failures: st.Failures, Breaker: breakerOf(st, now), Until: st.Until})
		}
	}
	return out
}

// address is where an instance is, as far as it is still among the members.
func (m *members) address(in balance.Instance) string {
	if at := m.at[in.ID]; at != nil {
		return at.String()
	}
	return in.Addr
}

func breakerOf(s balance.State, now time.Time) Breaker {
	switch {
	case s.Until.IsZero():
		return Closed
	case now.Before(s.Until):
		return Open
	default:
		return HalfOpen
	}
}
