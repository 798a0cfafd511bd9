package limit_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/limit"
)

func TestHeaders(t *testing.T) {
	t.Parallel()
	p := limit.Policy{Name: "default", Requests: 100, Per: time.Minute, Burst: 7}
	require.Equal(t, `"default";q=100;w=60`, p.Header())
	require.Equal(t, `"default";r=42;t=17`, limit.Verdict{Remaining: 42, Reset: 16*time.Second + 1}.Header("default"))
	require.Equal(t, `"default";r=0;t=0`, limit.Verdict{}.Header("default"))
	for wait, says := range map[time.Duration]string{
		0: "1", 1: "1", time.Second: "1", time.Second + 1: "2", 90 * time.Second: "90", -time.Second: "1",
	} {
		require.Equal(t, says, limit.RetryAfter(wait), "%s", wait)
	}
}
