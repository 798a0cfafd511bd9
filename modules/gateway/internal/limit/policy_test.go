package limit_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/limit"
)

func TestPolicyValidate(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]limit.Policy{
		"as usual":           {Name: "default", Requests: 100, Per: time.Minute},
		"with a burst":       {Name: "keys-2", Requests: 100, Per: time.Minute, Burst: 1000},
		"the most there is":  {Name: "a", Requests: limit.MaxRequests, Per: limit.MinPer, Burst: limit.MaxRequests},
		"the least there is": {Name: "a", Requests: 1, Per: limit.MaxPer, Burst: 7},
	} {
		t.Run(name, func(t *testing.T) { require.NoError(t, p.Validate()) })
	}
	for name, row := range map[string]struct {
		policy limit.Policy
		says   string
	}{
		"no name":        {limit.Policy{Requests: 1, Per: time.Second}, `policy "": the name is not`},
		"a quote":        {limit.Policy{Name: `a"b`, Requests: 1, Per: time.Second}, "the name is not"},
		"no requests":    {limit.Policy{Name: "a", Per: time.Second}, "requests 0 is not between 1 and 1000000"},
		"no time":        {limit.Policy{Name: "a", Requests: 1}, "per 0s is not whole seconds between 1s and 24h0m0s"},
		"half a second":  {limit.Policy{Name: "a", Requests: 1, Per: 1500 * time.Millisecond}, "per 1.5s is not whole seconds"},
		"a week":         {limit.Policy{Name: "a", Requests: 1, Per: 7 * 24 * time.Hour}, "is not whole seconds between"},
		"a negative one": {limit.Policy{Name: "a", Requests: 1, Per: time.Second, Burst: -1}, "burst -1 is not between 0 and"},
		"a burst for two weeks": {
			limit.Policy{Name: "a", Requests: 1, Per: 24 * time.Hour, Burst: 14}, "a burst of 14 takes longer than 168h0m0s to come back",
		},
	} {
		t.Run(name, func(t *testing.T) { require.ErrorContains(t, row.policy.Validate(), row.says) })
	}
}

func TestShares(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, row := range map[string]struct {
		policy       limit.Policy
		share, burst int
		each         time.Duration // of the second request after the burst
	}{
		"alone":              {limit.Policy{Requests: 100, Per: time.Minute}, 1, 100, 600 * time.Millisecond},
		"nobody is alone":    {limit.Policy{Requests: 100, Per: time.Minute}, 0, 100, 600 * time.Millisecond},
		"a quarter":          {limit.Policy{Requests: 100, Per: time.Minute}, 4, 25, 2400 * time.Millisecond},
		"a part of one":      {limit.Policy{Requests: 100, Per: time.Minute}, 3, 33, 1800 * time.Millisecond},
		"one is the least":   {limit.Policy{Requests: 2, Per: time.Minute}, 10, 1, time.Minute},
		"burst and rate":     {limit.Policy{Requests: 60, Per: time.Minute, Burst: 4}, 2, 2, 2 * time.Second},
		"burst one":          {limit.Policy{Requests: 60, Per: time.Minute, Burst: 1}, 4, 1, 4 * time.Second},
		"no policy at all":   {limit.Policy{}, 1, 1, time.Second},
		"nonsense":           {limit.Policy{Requests: -5, Per: -time.Hour, Burst: -3}, -1, 1, time.Second},
		"more than there is": {limit.Policy{Requests: 1, Per: 1 << 62, Burst: 1 << 40}, 1, 7, 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := limit.NewRates(0)
			for left := row.burst - 1; left >= 0; left-- {
				v := r.Take(row.policy, limit.Named("user", "u"), row.share, now)
				require.True(t, v.Allowed)
				require.Equal(t, row.burst, v.Limit)
				require.Equal(t, left, v.Remaining)
				require.Equal(t, time.Duration(row.burst-left)*row.each, v.Reset)
			}
			v := r.Take(row.policy, limit.Named("user", "u"), row.share, now)
			require.False(t, v.Allowed)
			require.Equal(t, row.each, v.RetryAfter)
		})
	}
}
