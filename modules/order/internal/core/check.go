package core

import (
	"math"
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"

	"holon/modules/order"
	"holon/transport/status"
)

// check refuses an order that breaks a rule and returns the total of one that does not.
func check(r order.PlaceRequest) (total int64, err error) {
	if !validCurrency(r.Currency) {
		return 0, status.New(status.Invalid, "", "currency must be an ISO 4217 code such as EUR, not %.8q", r.Currency)
	}
	if n := len(r.Items); n < 1 || n > order.MaxItems {
		return 0, status.New(status.Invalid, "", "items must be 1 to %d, not %d", order.MaxItems, n)
	}
	for i, item := range r.Items {
		if n := utf8.RuneCountInString(item.SKU); n < 1 || n > order.MaxSKU || !text(item.SKU) {
			return 0, status.New(status.Invalid, "", "items[%d].sku must have 1 to %d printable characters", i, order.MaxSKU)
		}
		if item.Quantity < 1 {
			return 0, status.New(status.Invalid, "", "items[%d].quantity must be 1 or more, not %d", i, item.Quantity)
		}
		if item.UnitPrice < 0 {
			return 0, status.New(status.Invalid, "", "items[%d].unit_price must be 0 or more, not %d", i, item.UnitPrice)
		}
		var ok bool
		if total, ok = addProduct(total, item.Quantity, item.UnitPrice); !ok {
			return 0, status.New(status.Invalid, "total_overflow", "the total of items[0] to items[%d] is over %d", i, int64(math.MaxInt64))
		}
	}
	return total, nil
}

// text reports whether s says anything: valid characters, none of them a control, not only blanks.
func text(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) && strings.TrimSpace(s) != ""
}

// addProduct returns sum + a×b, all of them 0 or more, and whether that still fits.
func addProduct(sum, a, b int64) (int64, bool) {
	high, low := bits.Mul64(uint64(a), uint64(b))
	total, carry := bits.Add64(uint64(sum), low, 0)
	return int64(total), high == 0 && carry == 0 && total <= math.MaxInt64
}
