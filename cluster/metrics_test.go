package cluster_test

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/cluster"
	"holon/cluster/clustertest"
)

func TestMetrics(t *testing.T) {
	clustertest.Run(t, func(t *testing.T, f *clustertest.Fleet) {
		registry := prometheus.NewRegistry()
		m, err := cluster.NewMetrics(registry)
		require.NoError(t, err)
		_, err = cluster.NewMetrics(registry)
		require.Error(t, err, "twice")
		f.Start(2)
		n := f.Add(func(p *cluster.Params) { p.Metrics = m })
		n.SetState(cluster.Ready)
		f.Await(5*time.Second, "members counted", func() bool {
			families, err := registry.Gather()
			require.NoError(t, err)
			got := make(map[string]float64)
			for _, family := range families {
				for _, c := range family.GetMetric() {
					name := family.GetName()
					for _, l := range c.GetLabel() {
						name += " " + l.GetValue()
					}
					got[name] = c.GetGauge().GetValue() + c.GetCounter().GetValue()
				}
			}
			return got["holon_cluster_members ready"] == 1 && got["holon_cluster_members starting"] == 2 &&
				got["holon_cluster_joins_total ok"] >= 1 && got["holon_cluster_view_changes_total"] >= 2
		})
	})
}
