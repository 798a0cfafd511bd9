package backup_test

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage/backup"
)

// BenchmarkBackup takes backups of a store of about 64 MiB, a part of it an index. hold-µs is how long the writers of
// two stores stood still at most, while 16 callers write to each.
func BenchmarkBackup(b *testing.B) {
	for _, loaded := range []bool{false, true} {
		name := map[bool]string{false: "idle", true: "loaded"}[loaded]
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			large, small := openStore(b, "alpha", dir), openStore(b, "beta", dir)
			large.fill(b, 12_000)
			var writers sync.WaitGroup
			ctx, cancel := context.WithCancel(b.Context())
			defer writers.Wait()
			defer cancel()
			for range 16 * map[bool]int{true: 1}[loaded] {
				for _, s := range []store{large, small} {
					writers.Go(func() {
						for ctx.Err() == nil {
							if err := s.exec(context.WithoutCancel(ctx), `INSERT INTO rows (body) VALUES (?)`, strings.Repeat("x", 100)); err != nil {
								b.Error(err)
							}
						}
					})
				}
			}
			var bytes, hold int64
			p := params(b, large, small)
			to := p.To
			for b.Loop() {
				p.To = filepath.Join(b.TempDir(), filepath.Base(to))
				m, err := backup.Take(b.Context(), p)
				require.NoError(b, err)
				bytes += m.Bytes()
				hold = max(hold, m.HeldMicros)
			}
			b.ReportMetric(float64(bytes)/1e6/b.Elapsed().Seconds(), "MB/s")
			b.ReportMetric(float64(hold), "hold-µs")
			b.ReportMetric(0, "ns/op")
		})
	}
}
