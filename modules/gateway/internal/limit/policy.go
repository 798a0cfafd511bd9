package limit

import (
	"fmt"
	"math/bits"
	"strings"
	"time"
)

// The bounds of a policy. They keep one request worth at least a microsecond, so that counting in nanoseconds is exact to
// a tenth of a percent, and every time well inside an int64.
const (
	// MaxRequests is the most of Policy.Requests and Policy.Burst.
	MaxRequests = 1_000_000
	// MinPer and MaxPer bound Policy.Per, which is whole seconds: the header that tells clients of it knows no others.
	MinPer = time.Second
	MaxPer = 24 * time.Hour
	// MaxRefill is the longest that an empty bucket may take until it is full: Burst / Requests * Per.
	MaxRefill = 7 * 24 * time.Hour

	maxName = 40
)

// Policy is how many requests a key may make: Requests in every Per on average, and up to Burst at once after a rest.
type Policy struct {
	// Name tells policies apart, here and for clients: 1 to 40 of a-z, 0-9 and "-". A policy under the same name with other
	// numbers is the same policy, changed.
	Name string
	// Requests in Per are what a key may make for ever: 1 to MaxRequests.
	Requests int
	Per      time.Duration
	// Burst is how many may come at once, 0 for as many as Requests.
	Burst int
}

// Validate says what is wrong with a policy, naming the field and what it may be.
func (p Policy) Validate() error {
	switch {
	case p.Name == "" || len(p.Name) > maxName || strings.Trim(p.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return fmt.Errorf("policy %q: the name is not 1 to %d of a-z, 0-9 and -", p.Name, maxName)
	case p.Requests < 1 || p.Requests > MaxRequests:
		return fmt.Errorf("policy %q: requests %d is not between 1 and %d", p.Name, p.Requests, MaxRequests)
	case p.Per < MinPer || p.Per > MaxPer || p.Per%time.Second != 0:
		return fmt.Errorf("policy %q: per %s is not whole seconds between %s and %s", p.Name, p.Per, MinPer, MaxPer)
	case p.Burst < 0 || p.Burst > MaxRequests:
		return fmt.Errorf("policy %q: burst %d is not between 0 and %d", p.Name, p.Burst, MaxRequests)
	case float64(p.Burst)/float64(p.Requests)*float64(p.Per) > float64(MaxRefill):
		return fmt.Errorf("policy %q: a burst of %d takes longer than %s to come back", p.Name, p.Burst, MaxRefill)
	}
	return nil
}

// terms are a policy as one of several gateways applies it.
type terms struct {
	// each is the time that one request is worth, the inverse of the rate.
	each int64
	// burst are the requests a full bucket holds, room the time they are worth: how long an empty one takes to fill.
	burst, room int64
}

// terms divides the policy among the gateways. A time is rounded up, so that a rate is never higher than it should be.
// Numbers that Validate refuses are brought into its bounds: what is wrong with a policy is said where it is read, and
// here it must not bring a request down.
func (p Policy) terms(share int) terms {
	requests := uint64(min(max(p.Requests, 1), MaxRequests))
	per := uint64(min(max(p.Per, MinPer), MaxPer))
	burst := int64(min(p.Burst, MaxRequests))
	if burst < 1 {
		burst = int64(requests)
	}
	share = max(share, 1)
	// One in Per is the least: a share greater than Requests divides no further.
	hi, lo := bits.Mul64(per, min(uint64(share), requests))
	each, rest := bits.Div64(hi, lo, requests)
	if rest > 0 {
		each++
	}
	t := terms{each: int64(each)}
	t.burst = min(max(burst/int64(share), 1), max(int64(MaxRefill)/t.each, 1))
	t.room = t.burst * t.each
	return t
}
