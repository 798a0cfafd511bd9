package api_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/modules"
	"holon/modules/gateway/gatewayfx"
	"holon/modules/gateway/internal/api"
	"holon/modules/modulestest"
	"holon/modules/order/orderfx"
	"holon/modules/user/userfx"
	"holon/transport/web"
)

type object = map[string]any

func TestHealthOfANode(t *testing.T) {
	t.Parallel()
	modulestest.Each(t, []modules.Module{gatewayfx.Module(), userfx.Module()}, func(t *testing.T, n *modulestest.Node) {
		get := modulestest.Request{Method: http.MethodGet, Path: "/health"}
		health := n.Do(t, get).OK(t, http.StatusOK, "status", "service", "version", "node", "modules")
		require.Equal(t, []any{"healthy", "holon", "test", "test"},
			[]any{health["status"], health["service"], health["version"], health["node"]})
		modulestest.HasNames(t, health["modules"], "gateway", "user")
		for _, m := range health["modules"].(object) {
			modulestest.HasNames(t, m, "status", "since")
			require.Equal(t, "healthy", m.(object)["status"])
			since, err := time.Parse(time.RFC3339Nano, m.(object)["since"].(string))
			require.NoError(t, err)
			require.WithinDuration(t, time.Now(), since, time.Minute)
		}
		t.Run("says only what runs here", func(t *testing.T) {
			n.Withdraw("user")
			require.Equal(t, health, n.Do(t, get).OK(t, http.StatusOK, "status", "service", "version", "node", "modules"))
		})
	}, modulestest.Elsewhere(orderfx.Module()), modulestest.Together())
}

func TestHealthFollowsTheBoard(t *testing.T) {
	t.Parallel()
	board := modules.NewBoard()
	a, err := web.New(web.Params{
		Title: "test", Limits: web.DefaultLimits(), Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(),
		Surfaces: []web.Surface{api.NewSurface(modules.Node{Name: "n1", Version: "1.2.3"}, board)},
	})
	require.NoError(t, err)
	for _, row := range []struct {
		module string
		state  modules.State
		status string
		as     object
	}{
		{"user", modules.Starting, "degraded", object{"user": "starting"}},
		{"order", modules.Ready, "degraded", object{"user": "starting", "order": "healthy"}},
		{"user", modules.Ready, "healthy", object{"user": "healthy", "order": "healthy"}},
		{"order", modules.Stopping, "degraded", object{"user": "healthy", "order": "stopping"}},
	} {
		t.Run(row.module+" "+string(row.state), func(t *testing.T) {
			board.Set(row.module, row.state)
			w := httptest.NewRecorder()
			a.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/health", nil))
			require.Equal(t, http.StatusOK, w.Code, "it was asked how the node is and could tell")
			var health struct {
				Status, Version, Node string
				Modules               map[string]struct{ Status string }
			}
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &health))
			require.Equal(t, []string{row.status, "1.2.3", "n1"}, []string{health.Status, health.Version, health.Node})
			as := object{}
			for name, m := range health.Modules {
				as[name] = m.Status
			}
			require.Equal(t, row.as, as)
		})
	}
}
