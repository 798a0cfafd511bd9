package store

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"holon/modules/user/internal/core"
)

// Sums are kept as text, a line a currency: its code (orders have none but letters in it), how many orders, and the low
// and high half of the total. It is no JSON because every read of an account takes it apart, and that would take a
// quarter of the time of the read.

func encodeSums(sums core.Sums) string {
	var b []byte
	for _, s := range sums {
		b = append(append(b, s.Currency...), ' ')
		b = append(strconv.AppendInt(b, s.Orders, 10), ' ')
		b = append(strconv.AppendUint(b, s.Low, 10), ' ')
		b = append(strconv.AppendUint(b, s.High, 10), '\n')
	}
	return string(b)
}

func decodeSums(text string) (core.Sums, error) {
	if text == "" {
		return nil, nil
	}
	sums := make(core.Sums, 0, strings.Count(text, "\n"))
	for line := range strings.Lines(text) {
		currency, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		first, rest, _ := strings.Cut(rest, " ")
		second, third, _ := strings.Cut(rest, " ")
		orders, err1 := strconv.ParseInt(first, 10, 64)
		low, err2 := strconv.ParseUint(second, 10, 64)
		high, err3 := strconv.ParseUint(third, 10, 64)
		if err := errors.Join(err1, err2, err3); err != nil {
			return nil, fmt.Errorf("read what an account has ordered: %w", err)
		}
		sums = append(sums, core.Sum{Currency: currency, Orders: orders, Low: low, High: high})
	}
	return sums, nil
}
