package limit_test

import (
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/limit"
)

// deadline is how long a caller waits for an answer.
const deadline = time.Second

// second is what happened to the requests of one second, by when they came.
type second struct {
	offered, good, late, dropped, refused int
	refusedOf, goodOf                     [limit.Classes]int
	latency                               time.Duration // of good ones, their sum
	slowest                               time.Duration
	limit                                 int // at its end
}

func (s second) mean() time.Duration { return s.latency / time.Duration(max(s.good, 1)) }

// simulation is a load on an upstream behind a limit, in virtual time.
type simulation struct {
	t        *testing.T
	limit    *limit.Concurrency
	upstream *upstream
	class    func() limit.Class
	running  sync.WaitGroup

	mu      sync.Mutex
	random  *rand.Rand
	seconds []second
}

// simulate runs a simulation on an upstream of so many slots in which a request takes so long.
func simulate(t *testing.T, slots int, takes func(s *simulation, after time.Duration) time.Duration, run func(s *simulation)) {
	t.Helper()
	virtual(t)
	synctest.Test(t, func(t *testing.T) {
		s := newSimulation(t, newUpstream(slots))
		s.upstream.service = func(after time.Duration) time.Duration { return takes(s, after) }
		run(s)
	})
}

// virtual marks a test that simulates. The race detector takes ten times as long for it, and learns nothing that
// TestConcurrencyTogether does not tell it.
func virtual(t *testing.T) {
	t.Helper()
	if raceDetector {
		t.Skip("simulations are about numbers")
	}
	t.Parallel()
}

func newSimulation(t *testing.T, u *upstream) *simulation {
	t.Helper()
	c, err := limit.NewConcurrency(limit.DefaultParams())
	require.NoError(t, err)
	return &simulation{
		t: t, limit: c, upstream: u, random: rand.New(rand.NewPCG(1, 2)),
		class: func() limit.Class { return limit.Critical },
	}
}

// always is a service that takes as long for everybody.
func always(d time.Duration) func(*simulation, time.Duration) time.Duration {
	return func(*simulation, time.Duration) time.Duration { return d }
}

// exponential is one that takes so long on average, some far longer (no memory).
func exponential(mean time.Duration) func(*simulation, time.Duration) time.Duration {
	return func(s *simulation, _ time.Duration) time.Duration {
		return time.Duration(s.exp() * float64(mean))
	}
}

// unlike is one in which every tenth request takes long.
func unlike(short, long time.Duration) func(*simulation, time.Duration) time.Duration {
	return func(s *simulation, _ time.Duration) time.Duration {
		if s.intN(10) == 0 {
			return long
		}
		return short
	}
}

// from is one that takes another time from one moment to another.
func from(begin, end, then, otherwise time.Duration) func(*simulation, time.Duration) time.Duration {
	return func(_ *simulation, after time.Duration) time.Duration {
		if after >= begin && after < end {
			return then
		}
		return otherwise
	}
}

// mixed is the class of a request among many of all.
func (s *simulation) mixed() limit.Class {
	switch n := s.intN(100); {
	case n < 5:
		return limit.Critical
	case n < 25:
		return limit.Write
	case n < 70:
		return limit.Read
	default:
		return limit.Anonymous
	}
}

// exp and intN are those of rand, safe for concurrent use.
func (s *simulation) exp() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.random.ExpFloat64()
}

func (s *simulation) intN(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.random.IntN(n)
}

func after(d time.Duration) { <-time.After(d) }

// offer lets requests come at a rate for a while, whatever becomes of them, at times that know nothing of each other
// (a Poisson process).
func (s *simulation) offer(rate float64, lasts time.Duration) {
	end := time.Now().Add(lasts)
	for {
		after(time.Duration(s.exp() / rate * float64(time.Second)))
		if time.Now().After(end) {
			return
		}
		class := s.class()
		s.running.Go(func() { s.request(class) })
	}
}

// clients are so many who each make one request after the other for a while, and wait when refused.
func (s *simulation) clients(n int, pause, lasts time.Duration) {
	end := time.Now().Add(lasts)
	for range n {
		class := s.class()
		s.running.Go(func() {
			for time.Now().Before(end) {
				if !s.request(class) {
					after(pause)
				}
			}
		})
	}
	after(lasts)
}

// request makes a request, and reports whether it was not refused.
func (s *simulation) request(class limit.Class) bool {
	came := time.Now()
	ticket, err := s.limit.Acquire(s.t.Context(), class)
	if err != nil {
		var refused *limit.Refused
		if !errors.As(err, &refused) {
			s.t.Errorf("acquire: %v", err)
		}
		s.note(came, func(n *second) { n.refused++; n.refusedOf[class]++ })
		return false
	}
	answered, ok := s.upstream.answer()
	switch {
	case !ok:
		ticket.Done(limit.Dropped)
		s.note(came, func(n *second) { n.dropped++ })
	case answered.Sub(came) > deadline:
		after(time.Until(came.Add(deadline)))
		ticket.Done(limit.Dropped)
		s.note(came, func(n *second) { n.late++ })
	default:
		after(time.Until(answered))
		ticket.Done(limit.Served)
		s.note(came, func(n *second) {
			n.good++
			n.goodOf[class]++
			n.latency += answered.Sub(came)
			n.slowest = max(n.slowest, answered.Sub(came))
		})
	}
	return true
}

func (s *simulation) note(came time.Time, what func(*second)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := int(came.Sub(s.upstream.start) / time.Second)
	for len(s.seconds) <= at {
		s.seconds = append(s.seconds, second{})
	}
	n := &s.seconds[at]
	n.offered++
	n.limit = s.limit.Snapshot().Limit
	what(n)
}

// end waits for the requests under way.
func (s *simulation) end() {
	s.t.Helper()
	s.running.Wait()
	snap := s.limit.Snapshot()
	require.Zero(s.t, snap.InFlight)
	require.Zero(s.t, snap.Queued)
	for i, n := range s.seconds {
		s.t.Logf("%2d s: %5d offered, %4d good, %4d refused %v, %3d dropped, %3d late, mean %s, slowest %s, limit %d", i, n.offered, n.good,
			n.refused, n.refusedOf, n.dropped, n.late, n.mean().Round(time.Millisecond), n.slowest.Round(time.Millisecond), n.limit)
	}
}

// between adds up the seconds from one to before another.
func (s *simulation) between(begin, end int) second {
	return sum(s.seconds[begin:min(end, len(s.seconds))])
}

// sum adds up seconds.
func sum(seconds []second) second {
	var all second
	for _, n := range seconds {
		all.offered += n.offered
		all.good += n.good
		all.late += n.late
		all.dropped += n.dropped
		all.refused += n.refused
		all.latency += n.latency
		all.slowest = max(all.slowest, n.slowest)
		for i := range n.refusedOf {
			all.refusedOf[i] += n.refusedOf[i]
			all.goodOf[i] += n.goodOf[i]
		}
	}
	return all
}
