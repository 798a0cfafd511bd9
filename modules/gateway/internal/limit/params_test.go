package limit_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/limit"
)

func TestParamsValidate(t *testing.T) {
	t.Parallel()
	require.NoError(t, limit.DefaultParams().Validate())
	for name, row := range map[string]struct {
		change func(*limit.Params)
		says   string
	}{
		"no min":              {func(p *limit.Params) { p.Min = 0 }, "min 0, start 32, max 1024 are not in this order between 1 and 100000"},
		"start below min":     {func(p *limit.Params) { p.Start = 7 }, "min 8, start 7"},
		"max below start":     {func(p *limit.Params) { p.Max = 31 }, "max 31"},
		"max beyond all":      {func(p *limit.Params) { p.Max = 100_001 }, "max 100001"},
		"a negative queue":    {func(p *limit.Params) { p.Queue = -1 }, "queue -1 is not between 0 and 1024"},
		"a long wait":         {func(p *limit.Params) { p.Wait = time.Minute }, "wait 1m0s is not between 0 and 10s"},
		"no share":            {func(p *limit.Params) { p.Shares[limit.Read] = 0 }, "the share 0 of read is not over 0 and up to 0.95"},
		"more than all":       {func(p *limit.Params) { p.Shares[limit.Critical] = 1.1 }, "the share 1.1 of critical is not over 0 and up to 1"},
		"less important more": {func(p *limit.Params) { p.Shares[limit.Anonymous] = 0.9 }, "the share 0.9 of anonymous is not over 0 and up to 0.85"},
		"not a number":        {func(p *limit.Params) { p.Shares[limit.Write] = math.NaN() }, "the share NaN of write"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := limit.DefaultParams()
			row.change(&p)
			require.ErrorContains(t, p.Validate(), row.says)
			_, err := limit.NewConcurrency(p)
			require.ErrorContains(t, err, row.says)
		})
	}
}
