package gatewayfx_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/gatewayfx"
	"holon/modules/user/userfx"
)

// A rotation logs nobody out because every gateway knows the next key before it signs. No two settings that are valid
// by themselves may break that: the two modules read their own sections and cannot look at each other's.
func TestGatewaysAskBeforeAKeySigns(t *testing.T) {
	t.Parallel()
	for d := time.Second; d <= 2*time.Minute; d += time.Second {
		refresh := gatewayfx.Module().Settings().(*gatewayfx.Settings)
		refresh.KeyRefresh = d
		lead := userfx.Module().Settings().(*userfx.Settings)
		lead.KeyLead = d
		require.False(t, refresh.Validate() == nil && lead.Validate() == nil, "both may be %s", d)
	}
}
