package limit_test

import (
	"net/netip"
	"strconv"
	"testing"
	"time"

	"holon/modules/gateway/internal/limit"
)

func BenchmarkTake(b *testing.B) {
	now := time.Now()
	p := limit.Policy{Name: "default", Requests: limit.MaxRequests, Per: time.Second}
	id := "0197b1c2-1111-7222-8333-444455556666"
	b.Run("known key", func(b *testing.B) {
		r := limit.NewRates(limit.DefaultKeys)
		b.ReportAllocs()
		for b.Loop() {
			r.Take(p, limit.Named("user", id), 3, now)
		}
	})
	b.Run("refused", func(b *testing.B) {
		r := limit.NewRates(limit.DefaultKeys)
		b.ReportAllocs()
		for b.Loop() {
			r.Take(perMinute, limit.Named("user", id), 3, now)
		}
	})
	b.Run("network", func(b *testing.B) {
		r := limit.NewRates(limit.DefaultKeys)
		addr := netip.MustParseAddr("2001:db8::1")
		b.ReportAllocs()
		for b.Loop() {
			r.Take(p, limit.Network(addr), 3, now)
		}
	})
	b.Run("flood of new keys", func(b *testing.B) {
		r := limit.NewRates(limit.DefaultKeys)
		var addr [16]byte
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			addr[0], addr[1], addr[2], addr[3] = byte(i), byte(i>>8), byte(i>>16), byte(i>>24)
			r.Take(perMinute, limit.Network(netip.AddrFrom16(addr)), 3, now)
		}
	})
	b.Run("parallel", func(b *testing.B) {
		r := limit.NewRates(limit.DefaultKeys)
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				r.Take(p, limit.Named("user", strconv.Itoa(i%100)), 3, now)
			}
		})
	})
}

func BenchmarkHeaders(b *testing.B) {
	v := limit.Verdict{Remaining: 42, Reset: 17 * time.Second}
	b.ReportAllocs()
	for b.Loop() {
		_ = v.Header("default")
	}
}

func BenchmarkAcquire(b *testing.B) {
	newLimit := func(b *testing.B, queue int) *limit.Concurrency {
		p := limit.DefaultParams()
		p.Queue = queue
		c, err := limit.NewConcurrency(p)
		if err != nil {
			b.Fatal(err)
		}
		return c
	}
	b.Run("free", func(b *testing.B) {
		c := newLimit(b, 16)
		b.ReportAllocs()
		for b.Loop() {
			ticket, _ := c.Acquire(b.Context(), limit.Read)
			ticket.Done(limit.Served)
		}
	})
	b.Run("parallel", func(b *testing.B) {
		c := newLimit(b, 16)
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				ticket, _ := c.Acquire(b.Context(), limit.Read)
				ticket.Done(limit.Served)
			}
		})
	})
	b.Run("refused", func(b *testing.B) {
		c := newLimit(b, 0)
		for range 32 {
			_, _ = c.Acquire(b.Context(), limit.Critical)
		}
		b.ReportAllocs()
		for b.Loop() {
			_, _ = c.Acquire(b.Context(), limit.Read)
		}
	})
}
