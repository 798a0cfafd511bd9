package balance_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/balance"
)

// TestBudget allows a tenth of what is made, or three a second where that is more; both together never.
func TestBudget(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ rate, least, most int }{"many": {1000, 5990, 6010}, "few": {10, 175, 185}, "none": {0, 175, 185}} {
		synctest.Test(t, func(*testing.T) {
			var b balance.Budget
			again := 0
			for range 600 { // tenths of a second
				for range row.rate / 10 {
					b.Earn()
					if b.Take() {
						again++
					}
				}
				<-time.After(100 * time.Millisecond)
				for b.Take() {
					again++
				}
			}
			require.GreaterOrEqual(t, again, row.least, name)
			require.LessOrEqual(t, again, row.most, name)
		})
	}
}
