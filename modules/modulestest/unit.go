package modulestest

import (
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"holon/modules"
	"holon/transport/events"
	"holon/transport/rpc"
	"holon/transport/web"
)

// unit is a part of a node under test that runs some of its modules.
type unit struct {
	placed     []string
	api        *web.API
	dispatcher *rpc.Dispatcher
	host       *modules.Host
	metrics    *prometheus.Registry
	// net is its way to the other parts, nil for a part by itself.
	net *net
}

// newUnit wires a part. What the settings say of its modules is taken out of the configuration.
func newUnit(t *testing.T, c *config, all []modules.Module, placed []string, strict bool, n *net) *unit {
	t.Helper()
	p := modules.Placement{
		All: slices.Concat(all, c.elsewhere), Placed: placed, Settings: make(map[string]any), Strict: strict, Delivery: events.DefaultSettings(),
	}
	p.Delivery.MinFree = 0 // the disk of a test's machine is its own business
	for _, change := range c.delivery {
		change(&p.Delivery)
	}
	for _, m := range all {
		if m.Settings == nil || !slices.Contains(placed, m.Name) {
			continue
		}
		s := m.Settings()
		if change, ok := c.settings[m.Name]; ok {
			change(s)
			delete(c.settings, m.Name)
		}
		p.Settings[m.Name] = s
	}
	graph, err := p.Options()
	require.NoError(t, err)
	u := &unit{placed: placed, net: n, metrics: prometheus.NewRegistry()}
	var out struct {
		fx.In

		API *web.API `optional:"true"`
	}
	app := fx.New(fx.NopLogger, graph, n.option(t, c, p.All, u.metrics), fx.Populate(&out, &u.dispatcher, &u.host),
		fx.Supply(c.log, modules.Node{Name: "test", Version: "test", Boot: "boot", DataDir: c.dir, Dir: c.dir},
			fx.Annotate(u.metrics, fx.As(new(prometheus.Registerer)))))
	require.NoError(t, app.Err())
	u.api = out.API
	n.attach(t, c, u, p.All)
	return u
}

func (u *unit) listen() error { return u.net.listen() }
func (u *unit) hangUp() error { return u.net.hangUp() }
