package core_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"holon/modules/order"
	"holon/modules/order/internal/core"
	"holon/transport/status"
)

// amounts are small, near the edges of 32 and 64 bits, or anything.
func amounts(least int64) *rapid.Generator[int64] {
	return rapid.OneOf(
		rapid.Int64Range(least, 10),
		rapid.Int64Range(1<<31-2, 1<<32+2),
		rapid.Int64Range(math.MaxInt64-2, math.MaxInt64),
		rapid.Int64Range(least, math.MaxInt64),
	)
}

func TestTotalIsExactOrRefused(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) order.Item {
			return order.Item{SKU: "x", Quantity: amounts(1).Draw(t, "quantity"), UnitPrice: amounts(0).Draw(t, "price")}
		}), 1, 5).Draw(t, "items")

		want := new(big.Int)
		for _, item := range items {
			want.Add(want, new(big.Int).Mul(big.NewInt(item.Quantity), big.NewInt(item.UnitPrice)))
		}
		total, err := core.Check(order.PlaceRequest{Currency: "EUR", Items: items})
		if want.IsInt64() {
			require.NoError(t, err)
			require.Equal(t, want.Int64(), total)
			return
		}
		require.ErrorIs(t, err, status.New(status.Invalid, "total_overflow", ""))
	})
}
