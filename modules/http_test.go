package modules_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules"
)

// application is one that becomes a module.
func application(edit func(*modules.HTTP)) modules.Module {
	h := modules.HTTP{Name: "market", About: "sells", Version: "1.4.2", Prefix: "/market/", Handler: http.NewServeMux}
	edit(&h)
	return modules.FromHTTP(h)
}

func TestHTTPRefuses(t *testing.T) {
	t.Parallel()
	for says, edit := range map[string]func(*modules.HTTP){
		"has no Handler":                         func(h *modules.HTTP) { h.Handler = nil },
		`Version must be like 1.4.2, not "v1.4"`: func(h *modules.HTTP) { h.Version = "v1.4" },
		`not "256.0.0"`:                          func(h *modules.HTTP) { h.Version = "256.0.0" },
		`such as /market/, not "/market"`:        func(h *modules.HTTP) { h.Prefix = "/market" },
		`without names in braces`:                func(h *modules.HTTP) { h.Prefix = "/{x}/" },
		"give New, not New()":                    func(h *modules.HTTP) { h.Handler = http.NewServeMux() },
		"not a func() int":                       func(h *modules.HTTP) { h.Handler = func() int { return 1 } },
		"nothing to Strip":                       func(h *modules.HTTP) { h.Prefix, h.Strip = "/", true },
		`Health must be a path`:                  func(h *modules.HTTP) { h.Health = "healthz" },
		"cannot be less than 0":                  func(h *modules.HTTP) { h.Timeout = -1 },
	} {
		_, err := modules.Placement{All: []modules.Module{application(edit)}, Placed: []string{"market"}}.Options()
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, `module "market"`)
	}
	m := application(func(h *modules.HTTP) { h.Version = "3.1.0-rc.1" })
	require.Equal(t, 3, m.Contract.Major)
	_, err := modules.Placement{All: []modules.Module{m}, Placed: []string{"market"}}.Options()
	require.NoError(t, err)
}
