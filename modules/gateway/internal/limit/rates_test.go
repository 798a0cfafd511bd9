package limit_test

import (
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/limit"
)

var perMinute = limit.Policy{Name: "default", Requests: 100, Per: time.Minute}

// spend takes what a key may take at once, and returns how much that is.
func spend(r *limit.Rates, p limit.Policy, k limit.Key, share int, now time.Time) int {
	n := 0
	for r.Take(p, k, share, now).Allowed {
		n++
	}
	return n
}

func TestAChangeGivesNothingAway(t *testing.T) {
	t.Parallel()
	k := limit.Named("user", "u")
	larger, smaller := perMinute, perMinute
	larger.Requests, larger.Burst = 200, 1000
	smaller.Burst = 10
	for name, row := range map[string]struct {
		policy limit.Policy
		share  int
		wait   time.Duration // until the next one
	}{
		"fewer gateways":  {perMinute, 1, 600 * time.Millisecond},
		"more gateways":   {perMinute, 4, 2400 * time.Millisecond},
		"a larger burst":  {larger, 2, 600 * time.Millisecond},
		"a smaller burst": {smaller, 2, 1200 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, now := limit.NewRates(0), time.Now()
			require.Equal(t, 50, spend(r, perMinute, k, 2, now))
			require.Zero(t, spend(r, row.policy, k, row.share, now), "who had spent all has nothing")
			require.Equal(t, row.wait, r.Take(row.policy, k, row.share, now).RetryAfter, "and the new rate at once")
			require.Equal(t, 1, spend(r, row.policy, k, row.share, now.Add(row.wait)))
		})
	}
	t.Run("what is left is left", func(t *testing.T) {
		t.Parallel()
		r, now := limit.NewRates(0), time.Now()
		for range 25 {
			r.Take(perMinute, k, 2, now)
		}
		require.Equal(t, 24, r.Take(larger, k, 1, now).Remaining)
		require.Equal(t, 23, r.Take(perMinute, k, 2, now).Remaining)
		require.Equal(t, 10, spend(r, smaller, k, 1, now), "or as much as there may be")
	})
	t.Run("to and fro", func(t *testing.T) {
		t.Parallel()
		r, now := limit.NewRates(0), time.Now()
		taken := 0
		for i := range 10_000 {
			if r.Take(perMinute, k, 1+i%7, now).Allowed {
				taken++
			}
		}
		require.LessOrEqual(t, taken, 100)
	})
}

// A clock that goes back forgives what it must, and no more than a burst.
func TestTheClockGoesBack(t *testing.T) {
	t.Parallel()
	r, now := limit.NewRates(0), time.Now()
	k := limit.Named("user", "u")
	require.Equal(t, 100, spend(r, perMinute, k, 1, now))
	before := now.Add(-time.Hour)
	v := r.Take(perMinute, k, 1, before)
	require.False(t, v.Allowed)
	require.Equal(t, 600*time.Millisecond, v.RetryAfter)
	require.Equal(t, 1, spend(r, perMinute, k, 1, before.Add(v.RetryAfter)))
}

// Nine clients within their limit are never refused, whatever the tenth does.
func TestOneClientTooMany(t *testing.T) {
	t.Parallel()
	p := limit.Policy{Name: "default", Requests: 10, Per: time.Second}
	r, start := limit.NewRates(limit.MinKeys), time.Now()
	var allowed [10]int
	for ms := range 60_000 {
		now := start.Add(time.Duration(ms) * time.Millisecond)
		for client := range 9 {
			if (ms+client)%100 == 0 { // ten a second, each at its own time
				v := r.Take(p, limit.Named("user", strconv.Itoa(client)), 1, now)
				require.True(t, v.Allowed, "client %d after %d ms", client, ms)
				allowed[client]++
			}
		}
		if ms%2 == 0 { // 500 a second
			if r.Take(p, limit.Named("user", "9"), 1, now).Allowed {
				allowed[9]++
			}
		}
	}
	require.InDelta(t, 10+600, allowed[9], 1)
	require.InDelta(t, 600, allowed[0], 1)
}

// A flood of new keys displaces itself, not who is over its limit.
func TestAFloodOfKeys(t *testing.T) {
	t.Parallel()
	r, start := limit.NewRates(limit.MinKeys), time.Now()
	busy := limit.Named("key", "busy")
	allowed := spend(r, perMinute, busy, 1, start)
	for i := range 200_000 {
		now := start.Add(time.Duration(i) * 100 * time.Microsecond)
		require.True(t, r.Take(perMinute, limit.Named("addr", strconv.Itoa(i)), 1, now).Allowed)
		if i%10 == 0 && r.Take(perMinute, busy, 1, now).Allowed {
			allowed++
		}
	}
	require.InDelta(t, 100+33, allowed, 1, "20 s are worth 33 requests")
	c := r.Counts()
	require.Equal(t, limit.MinKeys, c.Capacity)
	require.Equal(t, c.Capacity, c.Keys)
	require.Greater(t, c.Forgotten, uint64(100_000))
	require.Equal(t, uint64(200_000+allowed), c.Allowed)
}

// Keys that are as they were in the beginning go before all others.
func TestFullBucketsAreEvicted(t *testing.T) {
	t.Parallel()
	r, start := limit.NewRates(limit.MinKeys), time.Now()
	for i := range 100_000 {
		later := start.Add(time.Duration(i) * 10 * time.Millisecond) // less than a shard's 16 of 64 in the 0.6 s until they are full
		r.Take(perMinute, limit.Named("addr", strconv.Itoa(i)), 1, later)
	}
	require.Less(t, r.Counts().Forgotten, uint64(100))
}

func TestRatesTogether(t *testing.T) {
	t.Parallel()
	r, now := limit.NewRates(limit.DefaultKeys), time.Now()
	p := limit.Policy{Name: "default", Requests: 500, Per: time.Hour}
	var allowed [4]atomic.Int64
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			for i := range 2000 {
				if r.Take(p, limit.Named("user", strconv.Itoa(i%4)), 1, now).Allowed {
					allowed[i%4].Add(1)
				}
				r.Take(p, limit.Named("addr", strconv.Itoa(i)), 1, now)
				if i%100 == 0 {
					r.Counts()
				}
			}
		})
	}
	running.Wait()
	for i := range allowed {
		require.Equal(t, int64(500), allowed[i].Load())
	}
}

// What a table keeps does not depend on how many keys there are, or how long. Not parallel: it looks at the heap.
func TestMemory(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for _, keys := range []int{limit.DefaultKeys, 1_000_000} {
		t.Run(strconv.Itoa(keys), func(t *testing.T) {
			long := strings.Repeat("x", 200)
			before, now := heap(), time.Now()
			r := limit.NewRates(keys)
			for i := range 1_000_000 {
				r.Take(perMinute, limit.Named("user", long+strconv.Itoa(i)), 1, now)
			}
			after := heap()
			c := r.Counts()
			perKey := float64(after-before) / float64(c.Capacity)
			t.Logf("%d of %d places: %.1f MB, %.1f bytes a place", c.Keys, c.Capacity, float64(after-before)/1e6, perKey)
			require.LessOrEqual(t, c.Capacity, keys)
			require.Less(t, perKey, 33.0)
			runtime.KeepAlive(r)
		})
	}
}
