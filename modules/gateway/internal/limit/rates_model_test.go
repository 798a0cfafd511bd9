package limit_test

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"holon/modules/gateway/internal/limit"
)

// rate is the rate of a policy, and burst what it allows at once, as the documentation has them, without rounding.
func rate(p limit.Policy, share int) *big.Rat {
	r := big.NewRat(int64(p.Requests), int64(max(share, 1)))
	if least := big.NewRat(1, 1); r.Cmp(least) < 0 {
		r = least
	}
	return r.Quo(r, big.NewRat(int64(p.Per), 1))
}

func burst(p limit.Policy, share int) int {
	b := p.Burst
	if b == 0 {
		b = p.Requests
	}
	return max(b/max(share, 1), 1)
}

func policies() *rapid.Generator[limit.Policy] {
	return rapid.Custom(func(t *rapid.T) limit.Policy {
		return limit.Policy{
			Name:     "default",
			Requests: rapid.IntRange(1, 40).Draw(t, "requests"),
			Per:      time.Duration(rapid.IntRange(1, 90).Draw(t, "per")) * time.Second,
			Burst:    rapid.IntRange(0, 20).Draw(t, "burst"),
		}
	}).Filter(func(p limit.Policy) bool { return p.Validate() == nil })
}

// waits are mostly of the size that matters: about what a request is worth.
func waits(p limit.Policy) *rapid.Generator[time.Duration] {
	each := int64(p.Per) / int64(p.Requests)
	return rapid.Map(rapid.OneOf(
		rapid.Just[int64](0), rapid.Int64Range(0, 2*each), rapid.Int64Range(0, each/8+1), rapid.Int64Range(0, 50*each),
	), func(ns int64) time.Duration { return time.Duration(ns) })
}

// In no time more is allowed than a burst and what the rate is worth in it.
func within(t *rapid.T, allowed []time.Time, burst int, rate *big.Rat) {
	for i, from := range allowed {
		for j, to := range allowed[i:] {
			most := new(big.Rat).Mul(rate, big.NewRat(int64(to.Sub(from)), 1))
			most.Add(most, big.NewRat(int64(burst), 1))
			if big.NewRat(int64(j+1), 1).Cmp(most) > 0 {
				t.Fatalf("%d allowed within %s, not %s", j+1, to.Sub(from), most.FloatString(2))
			}
		}
	}
}

// The model keeps the times of what was allowed, and adds up tokens one by one.
func TestRatesAsTheModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, share := policies().Draw(t, "policy"), rapid.IntRange(1, 5).Draw(t, "share")
		b, perNano := burst(p, share), rate(p, share)
		speed, _ := perNano.Float64()
		wait := waits(p)
		r, k, now := limit.NewRates(0), limit.Named("user", "u"), time.Now()
		tokens := float64(b)
		var allowed []time.Time
		take := func() limit.Verdict {
			v := r.Take(p, k, share, now)
			if v.Allowed {
				allowed = append(allowed, now)
				tokens--
			}
			if v.Limit != b || v.Remaining < 0 || v.Remaining > b || v.Allowed == (v.RetryAfter > 0) {
				t.Fatalf("%+v of a burst of %d", v, b)
			}
			return v
		}
		pass := func(d time.Duration) {
			now = now.Add(d)
			tokens = min(tokens+float64(d)*speed, float64(b))
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			pass(wait.Draw(t, "wait"))
			due := tokens >= 1.001
			v := take()
			if due && !v.Allowed {
				t.Fatalf("refused with %f tokens", tokens)
			}
			if v.Allowed {
				continue
			}
			pass(v.RetryAfter - 1)
			if early := take(); early.Allowed || early.RetryAfter != 1 {
				t.Fatalf("a nanosecond too early: %+v", early)
			}
			pass(1)
			if again := take(); !again.Allowed {
				t.Fatalf("refused when it said to retry: %+v", again)
			}
		}
		left := r.Take(p, k, share, now)
		if got := spend(r, p, k, share, now); left.Allowed && got != left.Remaining {
			t.Fatalf("%d remaining were %d", left.Remaining, got)
		}
		within(t, allowed, b, perNano)
	})
}

// Whatever policy and share turn into, together they allow no more than the most generous would.
func TestChangesAsTheModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, k, now := limit.NewRates(0), limit.Named("user", "u"), time.Now()
		var allowed []time.Time
		most, fastest := 0, new(big.Rat)
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			p, share := policies().Draw(t, "policy"), rapid.IntRange(1, 5).Draw(t, "share")
			most = max(most, burst(p, share))
			if s := rate(p, share); s.Cmp(fastest) > 0 {
				fastest = s
			}
			wait := waits(p)
			for range rapid.IntRange(0, 20).Draw(t, "steps") {
				now = now.Add(wait.Draw(t, "wait"))
				if r.Take(p, k, share, now).Allowed {
					allowed = append(allowed, now)
				}
			}
		}
		within(t, allowed, most, fastest)
	})
}
