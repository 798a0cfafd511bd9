package limit_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/limit"
)

// The target of most simulations has 50 slots of 20 ms: it serves 2,500 requests a second.
const (
	slots    = 50
	service  = 20 * time.Millisecond
	capacity = 2500
)

// long is how long an overload lasts: the full time unless tests are to be short.
func long() int {
	if testing.Short() {
		return 15
	}
	return 60
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// Three times what the target can do, for a minute, and then half.
func TestOverload(t *testing.T) {
	simulate(t, slots, always(service), func(s *simulation) {
		s.offer(capacity/2, seconds(2))
		s.offer(3*capacity, seconds(long()))
		s.offer(capacity/2, seconds(6))
		s.end()
		during := s.between(2, 2+long())
		require.Greater(t, during.good, capacity*long()*95/100)
		require.Less(t, during.mean(), 2*service)
		require.Zero(t, during.late)
		calm := s.between(2+long()+1, 2+long()+6)
		require.Zero(t, calm.refused)
		require.LessOrEqual(t, calm.slowest, service+time.Millisecond)
	})
}

// The same from the first request on, by all classes: the less important give way.
func TestOverloadByClasses(t *testing.T) {
	simulate(t, slots, always(service), func(s *simulation) {
		s.class = s.mixed
		s.offer(3*capacity, seconds(20))
		s.offer(capacity/2, seconds(4))
		s.end()
		during := s.between(0, 20)
		require.Greater(t, during.good, capacity*20*95/100)
		require.LessOrEqual(t, during.refusedOf[limit.Critical], 5)
		require.Less(t, during.refusedOf[limit.Write], during.goodOf[limit.Write]/20)
		require.Greater(t, during.goodOf[limit.Read], during.refusedOf[limit.Read]/6)
		require.Less(t, during.goodOf[limit.Anonymous], during.refusedOf[limit.Anonymous]/100)
		require.Zero(t, s.between(21, 24).refused)
	})
}

// A class that has only a part of the limit is not held to that part of what the target can do.
func TestOverloadByOneClass(t *testing.T) {
	simulate(t, slots, always(service), func(s *simulation) {
		s.class = func() limit.Class { return limit.Anonymous }
		s.offer(3*capacity, seconds(10))
		s.end()
		require.Greater(t, s.between(0, 10).good, capacity*10*95/100)
	})
}

// Requests that take unlike times are no sign of anything.
func TestOverloadOfUnlikeRequests(t *testing.T) {
	for name, takes := range map[string]func(*simulation, time.Duration) time.Duration{
		"exponential": exponential(service),
		"one in ten":  unlike(time.Millisecond, 191*time.Millisecond),
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, slots, takes, func(s *simulation) {
				s.offer(3*capacity, seconds(20))
				s.offer(capacity/2, seconds(4))
				s.end()
				during := s.between(0, 20)
				require.Greater(t, during.good, capacity*20*90/100)
				require.Zero(t, during.late)
				require.Zero(t, s.between(22, 24).refused)
			})
		})
	}
}

// Targets far smaller and far larger than the limit begins with.
func TestOverloadOfAllSizes(t *testing.T) {
	for name, row := range map[string]struct {
		slots   int
		service time.Duration
	}{
		"ten slots":             {10, 20 * time.Millisecond},
		"two, less than min":    {2, 5 * time.Millisecond},
		"four hundred, of time": {400, 100 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, row.slots, always(row.service), func(s *simulation) {
				rate := float64(row.slots) / row.service.Seconds()
				s.offer(3*rate, seconds(10))
				s.offer(rate/2, seconds(3))
				s.end()
				require.Greater(t, float64(s.between(2, 10).good), rate*8*0.95)
				require.Less(t, s.between(7, 10).mean(), 30*time.Millisecond+2*row.service)
				require.Zero(t, s.between(11, 13).refused)
			})
		})
	}
}

// A target that drops what it has no slot for, in no time.
func TestATargetThatFailsFast(t *testing.T) {
	simulate(t, slots, always(service), func(s *simulation) {
		s.upstream.failsFast = true
		s.offer(3*capacity, seconds(20))
		s.offer(capacity/2, seconds(5))
		s.end()
		during := s.between(0, 20)
		require.Greater(t, during.good, capacity*20*90/100)
		require.Less(t, during.dropped, during.good/100)
		calm := s.between(22, 25)
		require.Zero(t, calm.refused+calm.dropped)
	})
}

// A target that takes ten times as long for ten seconds, at half and at three times the load that it had time for.
func TestATargetThatGetsSlow(t *testing.T) {
	for name, rate := range map[string]float64{"half": capacity / 2, "three times": 3 * capacity} {
		t.Run(name, func(t *testing.T) {
			simulate(t, slots, from(seconds(6), seconds(16), 10*service, service), func(s *simulation) {
				s.offer(rate, seconds(26))
				s.end()
				slow := s.between(6, 16)
				require.Greater(t, slow.good, capacity*90/100, "of a tenth of the capacity, for ten seconds")
				require.Zero(t, slow.late)
				if rate < capacity {
					healed := s.between(18, 26)
					require.Zero(t, healed.refused)
					require.LessOrEqual(t, healed.slowest, service+time.Millisecond)
				} else {
					require.Greater(t, s.between(18, 26).good, capacity*8*95/100)
					require.Less(t, s.between(22, 26).mean(), 2*service)
				}
			})
		})
	}
}

// A target that answers nothing for five seconds: what waits in it is bounded, and it is back within two.
func TestATargetThatHangs(t *testing.T) {
	simulate(t, slots, func(_ *simulation, after time.Duration) time.Duration {
		if after > seconds(5) && after < seconds(10) {
			return seconds(10) - after
		}
		return service
	}, func(s *simulation) {
		s.offer(capacity/2, seconds(15))
		s.end()
		require.Less(t, s.between(5, 10).late, 400, "of 6,250")
		require.Zero(t, s.between(12, 15).refused)
	})
}

func TestLittleLoad(t *testing.T) {
	for name, takes := range map[string]func(*simulation, time.Duration) time.Duration{
		"alike": always(service), "unlike": unlike(time.Millisecond, 191*time.Millisecond), "slower": from(seconds(20), seconds(40), 10*service, service),
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, slots, takes, func(s *simulation) {
				s.class = s.mixed
				s.offer(10, seconds(60))
				s.end()
				require.Zero(t, s.between(0, 60).refused)
			})
		})
	}
}

// Nine tenths of what the target can do, by requests that take unlike times: hardly anything is refused.
func TestNearlyAllItCan(t *testing.T) {
	simulate(t, slots, exponential(service), func(s *simulation) {
		s.class = s.mixed
		s.offer(0.9*capacity, seconds(30))
		s.end()
		require.Less(t, s.between(0, 1).refused, capacity/10)
		require.Less(t, s.between(1, 30).refused, capacity*29/1000)
	})
}

// Sixty clients at once, who keep the target busy without overloading it; refused ones come again after 100 ms.
func TestAStep(t *testing.T) {
	simulate(t, slots, always(service), func(s *simulation) {
		s.class = func() limit.Class { return limit.Read }
		s.clients(60, 100*time.Millisecond, seconds(30))
		s.end()
		require.Less(t, s.between(0, 1).refused, 60)
		require.Zero(t, s.between(1, 30).refused)
		require.Greater(t, s.between(1, 30).good, capacity*29*99/100)
	})
}

// A hundred clients of a target with room for all of them, whose time is just what it takes.
func TestSlowIsNoOverload(t *testing.T) {
	for name, row := range map[string]struct {
		takes func(*simulation, time.Duration) time.Duration
		mean  time.Duration
	}{
		"always":         {always(500 * time.Millisecond), 500 * time.Millisecond},
		"exponential":    {exponential(200 * time.Millisecond), 200 * time.Millisecond},
		"one in ten":     {unlike(time.Millisecond, 500*time.Millisecond), 51 * time.Millisecond},
		"near deadline":  {always(950 * time.Millisecond), 950 * time.Millisecond},
		"turns so later": {from(seconds(6), seconds(60), 200*time.Millisecond, service), 200 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, 10_000, row.takes, func(s *simulation) {
				s.clients(100, 100*time.Millisecond, seconds(20))
				s.end()
				require.Zero(t, s.between(7, 20).refused)
				require.GreaterOrEqual(t, s.limit.Snapshot().Limit, 100)
				require.Greater(t, float64(s.between(8, 18).good), 10*100/row.mean.Seconds()*0.94)
			})
		})
	}
}

// Three gateways load one target, none of which knows of the others: they find the target's own time, and none starves.
func TestGatewaysTogether(t *testing.T) {
	virtual(t)
	synctest.Test(t, func(t *testing.T) {
		u := newUpstream(slots)
		u.service = func(time.Duration) time.Duration { return service }
		gateways := make([]*simulation, 3)
		var running sync.WaitGroup
		for i := range gateways {
			s := newSimulation(t, u)
			gateways[i] = s
			running.Go(func() {
				after(time.Duration(i) * 300 * time.Millisecond)
				s.offer(capacity, seconds(25))
				s.offer(capacity/6, seconds(4))
			})
		}
		running.Wait()
		var all second
		for _, s := range gateways {
			s.end()
		}
		for _, s := range gateways {
			during := s.between(12, 25)
			require.Greater(t, during.good, capacity*13/3/3, "a third of its part at least")
			require.Less(t, during.mean(), 5*service/2)
			require.Zero(t, s.between(28, 29).refused)
			all = sum([]second{all, s.between(1, 25)})
		}
		require.Greater(t, all.good, capacity*24*95/100)
	})
}
