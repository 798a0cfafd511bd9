package rpc_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/rpc"
	"holon/transport/status"
)

func TestCallsAreTimedByCaller(t *testing.T) {
	t.Parallel()
	eachLocal(t, func(t *testing.T, n *node) {
		call := n.serves(t, func(_ context.Context, r greetRequest) (greetReply, error) {
			if r.Name == "" {
				return greetReply{}, status.New(status.Invalid, "", "no name")
			}
			return greetReply{}, nil
		})
		order := rpc.Bind(n.For("order"), greet)
		for range 3 {
			_, err := call(t.Context(), greetRequest{Name: "ada"})
			require.NoError(t, err)
		}
		_, err := order(t.Context(), greetRequest{})
		require.Error(t, err)
		timed := func(caller string) int {
			return n.counted(t, "holon_call_duration_seconds", map[string]string{
				"caller": caller, "method": "hello.greet", "place": "local"})
		}
		require.Equal(t, 3, timed("gateway"))
		require.Equal(t, 1, timed("order"), "a failed call took time too")
		require.Zero(t, n.failures(t, "invalid"))
		require.Equal(t, 1, n.counted(t, "holon_call_failures_total", map[string]string{
			"caller": "order", "method": "hello.greet", "place": "local", "code": "invalid"}))
	})
}

func TestDurationIsInSeconds(t *testing.T) {
	t.Parallel()
	for name, strict := range map[string]bool{"in-process": false, "strict": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := newNode(t, strict)
				call := n.serves(t, func(context.Context, greetRequest) (greetReply, error) {
					<-time.After(1500 * time.Millisecond)
					return greetReply{}, nil
				})
				_, err := call(t.Context(), greetRequest{})
				require.NoError(t, err)
				families, err := n.metrics.Gather()
				require.NoError(t, err)
				require.Equal(t, "holon_call_duration_seconds", families[0].GetName())
				require.InDelta(t, 1.5, families[0].GetMetric()[0].GetHistogram().GetSampleSum(), 1e-6)
			})
		})
	}
}

// TestFailuresHaveNoSeriesBefore: a dashboard of codes shows those that happened.
func TestFailuresHaveNoSeriesBefore(t *testing.T) {
	t.Parallel()
	n := newNode(t, false)
	rpc.Bind(n.For(contract.Gateway), greet)
	families, err := n.metrics.Gather()
	require.NoError(t, err)
	require.Len(t, families, 1)
}

func TestOneDispatcherPerRegistry(t *testing.T) {
	t.Parallel()
	r := prometheus.NewRegistry()
	p := rpc.Params{Log: slog.New(slog.DiscardHandler), Metrics: r}
	_, err := rpc.New(p)
	require.NoError(t, err)
	_, err = rpc.New(p)
	require.ErrorContains(t, err, "register call metrics")
}
