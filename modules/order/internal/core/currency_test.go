package core_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/order"
	"holon/modules/order/internal/core"
)

func takes(code string) bool {
	_, err := core.Check(order.PlaceRequest{Currency: code, Items: []order.Item{{SKU: "x", Quantity: 1}}})
	return err == nil
}

func TestCurrencies(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		what  string
		codes []string
		taken bool
	}{
		{"in use", []string{"EUR", "USD", "JPY", "KWD", "CLF", "AED", "ZWG"}, true},
		{"newer than many a library", []string{"MRU", "STN", "SLE", "UYW", "VED", "VES", "XCG"}, true},
		{"withdrawn", []string{"DEM", "HRK", "BGN", "ANG", "CUC", "SLL", "VEF", "ZWL"}, false},
		{"without a minor unit", []string{"XAU", "XAG", "XDR", "XBA", "XSU", "XUA"}, false},
		{"no currency", []string{"XXX", "XTS"}, false},
		{"unknown", []string{"EUX", "ABC", "AAA", "BTC", "CNH"}, false},
		{"not three capital letters", []string{"", "E", "EU", "EURO", "eur", "Eur", "EU ", " EU", "E R", "R A", "€", "ÄÖÜ", "EUR USD", "EUR\n"}, false},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			for _, code := range row.codes {
				require.Equal(t, row.taken, takes(code), "%q", code)
			}
		})
	}
}

func TestCurrenciesAreListedOnce(t *testing.T) {
	t.Parallel()
	list := strings.Fields(core.Currencies)
	require.Len(t, list, 164)
	require.True(t, slices.IsSorted(list), "sorted, so that a code is found and not written twice")
	require.Len(t, slices.Compact(slices.Clone(list)), len(list))
	for _, code := range list {
		require.True(t, takes(code), code)
	}
}
