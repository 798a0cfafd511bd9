package core

import (
	"math"
	"math/bits"
	"slices"
)

// Sum is what a number of orders in one currency come to. Two may come to more than an int64 holds, and a cancellation
// must leave the exact rest of it, so the total has 128 bits: High times 2^64 plus Low.
type Sum struct {
	Currency  string
	Orders    int64
	Low, High uint64
}

// total is the sum as it is shown.
func (s Sum) total() int64 {
	if s.High > 0 || s.Low > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(s.Low)
}

// Sums are what a user's orders come to, one of each currency in which there are any.
type Sums []Sum

func (s *Sums) add(more Sum) {
	i := s.of(more.Currency)
	if i < 0 {
		*s = append(*s, more)
		return
	}
	sum := &(*s)[i]
	var carry uint64
	sum.Orders += more.Orders
	sum.Low, carry = bits.Add64(sum.Low, more.Low, 0)
	sum.High, _ = bits.Add64(sum.High, more.High, carry)
}

// take undoes an add.
func (s *Sums) take(less Sum) {
	i := s.of(less.Currency)
	if i < 0 {
		return
	}
	sum := &(*s)[i]
	var borrow uint64
	sum.Orders -= less.Orders
	sum.Low, borrow = bits.Sub64(sum.Low, less.Low, 0)
	sum.High, _ = bits.Sub64(sum.High, less.High, borrow)
	if sum.Orders == 0 {
		*s = slices.Delete(*s, i, i+1)
	}
}

// of returns the place of a currency, -1 for none. There are few.
func (s *Sums) of(currency string) int {
	return slices.IndexFunc(*s, func(sum Sum) bool { return sum.Currency == currency })
}
