package modules_test

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"holon/modules"
	"holon/modules/modulestest"
	"holon/transport/contract"
	"holon/transport/status"
)

// A client is bound to its caller where it is wired: two parts that hold a client of one module are two callers.
func TestClientsAreBoundToTheirCaller(t *testing.T) {
	t.Parallel()
	got := make(map[string]*pinger)
	takes := func(name string) modules.Module {
		m := toy(name, nil, fx.Invoke(func(p *pinger) { got[name] = p }))
		m.Needs = []string{"owner"}
		return m
	}
	h := hosting(t, t.TempDir(), []modules.Module{toy("owner", []contract.Caller{"friend"}), takes("friend"), takes("stranger")})
	require.NoError(t, h.Start(t.Context()))
	defer h.Stop()

	reply, err := got["friend"].ping(t.Context(), ping{})
	require.NoError(t, err)
	require.Equal(t, "owner", reply.From)
	_, err = got["stranger"].ping(t.Context(), ping{})
	e := modulestest.Refused(t, err, status.PermissionDenied, "caller_not_allowed")
	require.Contains(t, e.Message, "stranger")
}

func TestPartsKeepToThemselves(t *testing.T) {
	t.Parallel()
	type secret struct{}
	holder := toy("a", nil, fx.Provide(func() *secret { return &secret{} }, fx.Private))
	for what, thief := range map[string]modules.Module{
		"what another keeps":           toy("b", nil, fx.Invoke(func(*secret) {})),
		"a client that is not needed":  toy("b", nil, fx.Invoke(func(*pinger) {})),
		"a client that another needed": toy("b", nil, fx.Invoke(func(*pinger) {})),
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			needy := toy("c", nil)
			needy.Needs = []string{"a"}
			all := []modules.Module{holder, thief, needy}
			var h *modules.Host
			err := build(t, modules.Placement{All: all, Placed: modules.Names(all)}, t.TempDir(), &h)
			require.ErrorContains(t, err, "missing type")
		})
	}
}

func TestPartsLogUnderTheirName(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	part, err := modules.Part(nil, "a.surface", contract.Gateway, nil, fx.Invoke(func(log *slog.Logger) { log.Info("hello") }))
	require.NoError(t, err)
	require.NoError(t, fx.New(fx.NopLogger, part, fx.Supply(slog.New(slog.NewTextHandler(&out, nil)))).Err())
	require.Contains(t, out.String(), "msg=hello module=a\n")
}
