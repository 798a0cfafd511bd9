package web_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

// TestDeadlineReachesTheHandler and ends what it waits for: the route's own, or else the server's.
func TestDeadlineReachesTheHandler(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		timeout time.Duration
		want    time.Duration
	}{
		{"the server's", 0, 10 * time.Second},
		{"its own", time.Minute, time.Minute},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := newEdge(t, func(a *web.API) {
					r := public("GET", "/books")
					r.Timeout = row.timeout
					web.Add(a, r, func(ctx context.Context, _ *struct{}) (*struct{}, error) {
						<-ctx.Done()
						return nil, ctx.Err()
					})
				})
				began := time.Now()
				p := e.refused(t, 504, "GET", "/books", nil)
				require.Equal(t, row.want, time.Since(began))
				require.Equal(t, "deadline_exceeded", p.Code)
				require.Equal(t, 1, e.answered(t, "GET", "/books", "504"))
				require.Empty(t, e.log.String())
			})
		})
	}
}
