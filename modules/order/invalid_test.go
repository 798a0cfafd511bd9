package order_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/order"
	"holon/transport/status"
)

func TestPlaceLimits(t *testing.T) {
	t.Parallel()
	one := func(sku string, quantity, price int64) []order.Item {
		return []order.Item{{SKU: sku, Quantity: quantity, UnitPrice: price}}
	}
	lines := func(n int) (items []order.Item) {
		for range n {
			items = append(items, order.Item{SKU: "pen", Quantity: 1, UnitPrice: 1})
		}
		return items
	}
	each(t, func(t *testing.T, n *modulestest.Node, _ *people) {
		for _, row := range []struct {
			outcome  string
			currency string
			items    []order.Item
			total    int64
		}{
			{"100 items", "EUR", lines(order.MaxItems), 100},
			{"free of charge", "USD", one("sample", 1, 0), 0},
			{"a product twice", "JPY", append(one("pen", 1, 5), one("pen", 2, 5)...), 15},
			{"product name of 64 characters", "EUR", one(strings.Repeat("é", order.MaxSKU), 1, 1), 1},
			{"product name of any text", "EUR", one("\u2028 <&>\"\\%", 1, 1), 1},
			{"the most there can be in one line", "EUR", one("gold", 1, math.MaxInt64), math.MaxInt64},
			{"the most there can be in two", "EUR", append(one("gold", 1, math.MaxInt64-1), one("pen", 1, 1)...), math.MaxInt64},
		} {
			t.Run(row.outcome, func(t *testing.T) {
				r, err := public(n).Place(modulestest.As(t, "ada"), order.PlaceRequest{Currency: row.currency, Items: row.items})
				require.NoError(t, err)
				require.Equal(t, row.total, r.Order.Total)
				got, err := public(n).Get(modulestest.As(t, "ada"), order.GetRequest{ID: r.Order.ID})
				require.NoError(t, err)
				require.Equal(t, row.items, got.Items)
			})
		}
		for _, row := range []struct {
			what, currency string
			items          []order.Item
			says, name     string
		}{
			{"no currency", "", one("pen", 1, 1), "currency", ""},
			{"currency in lower case", "eur", one("pen", 1, 1), "currency", ""},
			{"unknown currency", "EUX", one("pen", 1, 1), "currency", ""},
			{"withdrawn currency", "DEM", one("pen", 1, 1), "currency", ""},
			{"two currencies", "EUR USD", one("pen", 1, 1), "currency", ""},
			{"a very long currency", strings.Repeat("EUR", 1000), one("pen", 1, 1), "currency", ""},
			{"no items", "EUR", nil, "items", ""},
			{"101 items", "EUR", lines(order.MaxItems + 1), "items", ""},
			{"no product name", "EUR", append(lines(1), one("", 1, 1)...), "items[1].sku", ""},
			{"product name over 64 characters", "EUR", one(strings.Repeat("x", order.MaxSKU+1), 1, 1), "items[0].sku", ""},
			{"product name of blanks", "EUR", one(" \u00a0", 1, 1), "items[0].sku", ""},
			{"product name with a zero byte", "EUR", one("pen\x00", 1, 1), "items[0].sku", ""},
			{"product name with a line break", "EUR", one("pen\n", 1, 1), "items[0].sku", ""},
			{"quantity 0", "EUR", append(lines(2), one("pen", 0, 1)...), "items[2].quantity", ""},
			{"quantity below 0", "EUR", one("pen", math.MinInt64, 1), "items[0].quantity", ""},
			{"price below 0", "EUR", one("pen", 1, -1), "items[0].unit_price", ""},
			{"line that overflows", "EUR", one("gold", 2, math.MaxInt64), "items[0]", "total_overflow"},
			{"line that overflows twice", "EUR", one("gold", math.MaxInt64, math.MaxInt64), "items[0]", "total_overflow"},
			{"line that comes out at 0 by overflow", "EUR", one("gold", 1<<32, 1<<32), "items[0]", "total_overflow"},
			{"sum that overflows", "EUR", append(one("gold", 1, math.MaxInt64), one("pen", 1, 1)...), "items[1]", "total_overflow"},
		} {
			t.Run(row.what+" refused", func(t *testing.T) {
				eve := someone()
				_, err := public(n).Place(modulestest.As(t, eve), order.PlaceRequest{Currency: row.currency, Items: row.items})
				e := modulestest.Refused(t, err, status.Invalid, row.name)
				require.Contains(t, e.Message, row.says)
				require.Less(t, len(e.Message), 200)
				require.Empty(t, all(t, n, eve))
			})
		}
	})
}
