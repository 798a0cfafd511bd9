package balance_test

import (
	"testing"

	"holon/transport/balance"
)

func BenchmarkPick(b *testing.B) {
	s := balance.NewSet(balance.Params{Factory: factory})
	s.Update([]string{at("a"), at("b"), at("c")})
	b.ReportAllocs()
	for b.Loop() {
		s.Pick(true, nil).Done(balance.Worked)
	}
}
