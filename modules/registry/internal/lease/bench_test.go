package lease_test

import (
	"runtime"
	"strconv"
	"testing"
	"time"

	"holon/modules/registry"
	"holon/modules/registry/internal/lease"
)

// filled returns a table with so many leases of three services, each with the usual things to say.
func filled(b *testing.B, n int) (*lease.Table, []lease.Key) {
	table := lease.New(lease.Params{Node: "a"})
	all := make([]lease.Key, n)
	for i := range all {
		all[i] = lease.Key{Service: "service-" + strconv.Itoa(i%3), ID: "instance-" + strconv.Itoa(i)}
		put(b, table, all[i], registry.Registration{
			Address: "10.0.0.1:" + strconv.Itoa(1+i%60_000), Version: "1.2.0", Tags: []string{"eu-" + strconv.Itoa(i%7)}, TTL: 3600,
		})
	}
	table.Dirty()
	return table, all
}

func BenchmarkTable(b *testing.B) {
	const n = 20_000
	b.Run("memory", func(b *testing.B) {
		var before, after runtime.MemStats
		for b.Loop() {
			runtime.GC()
			runtime.ReadMemStats(&before)
			table, _ := filled(b, n)
			runtime.GC()
			runtime.ReadMemStats(&after)
			runtime.KeepAlive(table)
		}
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/n, "B/lease")
	})
	table, all := filled(b, n)
	b.Run("beat", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			k := all[i%n]
			if _, err := table.Beat(k.Service, k.ID, ""); err != nil {
				b.Fatal(err)
			}
			if i%n == n-1 {
				table.Dirty()
			}
		}
	})
	b.Run("put again", func(b *testing.B) {
		r := table.All()[0]
		b.ReportAllocs()
		for b.Loop() {
			put(b, table, r.Key, r.Registration)
		}
	})
	records, _ := table.Fetch("", "", 0)
	b.Run("merge what is known", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			table.Merge(records[i%n : i%n+1])
		}
	})
	b.Run("merge what is new", func(b *testing.B) {
		b.ReportAllocs()
		fresh := lease.New(lease.Params{Node: "b"})
		for i := 0; b.Loop(); i++ {
			if i%n == 0 {
				fresh = lease.New(lease.Params{Node: "b"})
			}
			fresh.Merge(records[i%n : i%n+1])
		}
	})
	b.Run("hear", func(b *testing.B) {
		b.ReportAllocs()
		one := make([]registry.Pulse, 1)
		for i := 0; b.Loop(); i++ {
			r := &records[i%n]
			one[0] = registry.Pulse{Service: r.Service, ID: r.ID, Stamp: r.Stamp, Left: time.Hour}
			table.Hear(one)
		}
	})
	b.Run("sweep, none due", func(b *testing.B) {
		for b.Loop() {
			table.Sweep()
		}
	})
	b.Run("sweep, 20,000 looked at", func(b *testing.B) {
		c := newClock()
		held, _ := newTable("a", c)
		held.Merge(records)
		c.pass(2 * time.Hour)
		for b.Loop() {
			held.Sweep()
		}
	})
}
