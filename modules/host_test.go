package modules_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules"
	"holon/modules/modulestest"
	"holon/transport/contract"
	"holon/transport/rpc"
	"holon/transport/status"
)

// diary notes what runners do, in order. A host starts and stops one after the other.
type diary struct{ lines []string }

// runner writes a diary, and fails to start if it should.
type runner struct {
	name  string
	d     *diary
	fault error
}

func (r *runner) Start(context.Context) error {
	r.d.lines = append(r.d.lines, "start "+r.name)
	return r.fault
}

func (r *runner) Stop() { r.d.lines = append(r.d.lines, "stop "+r.name) }

// running is a toy with a runner.
func running(d *diary, name string, fault error) modules.Module {
	return toy(name, []contract.Caller{"node"}, modules.Run(func() modules.Runner { return &runner{name, d, fault} }))
}

// states are the board's, by module.
func states(b *modules.Board) map[string]modules.State {
	out := make(map[string]modules.State)
	for _, s := range b.All() {
		out[s.Module] = s.State
	}
	return out
}

func TestHostStartsAndStops(t *testing.T) {
	t.Parallel()
	d := &diary{}
	var b *modules.Board
	var dispatcher *rpc.Dispatcher
	h := hosting(t, t.TempDir(), []modules.Module{running(d, "c", nil), running(d, "a", nil), toy("b", nil)}, &b, &dispatcher)
	ask := rpc.Bind(dispatcher.For("node"), method("a", "node"))

	_, err := ask(t.Context(), ping{})
	modulestest.Refused(t, err, status.Unavailable, "module_unavailable")
	require.ErrorContains(t, h.Check(t.Context())["a"], "starting")

	require.NoError(t, h.Start(t.Context()))
	require.Equal(t, []string{"start a", "start c"}, d.lines, "by name, whatever order they were declared in")
	require.Equal(t, map[string]modules.State{"a": modules.Ready, "b": modules.Ready, "c": modules.Ready}, states(b))
	require.Empty(t, h.Check(t.Context()))
	_, err = ask(t.Context(), ping{})
	require.NoError(t, err)

	h.Stop()
	h.Stop()
	require.Equal(t, []string{"start a", "start c", "stop c", "stop a"}, d.lines, "each once, the last first")
	require.Equal(t, map[string]modules.State{"a": modules.Stopping, "b": modules.Stopping, "c": modules.Stopping}, states(b))
	require.Len(t, h.Check(t.Context()), 3)
	_, err = ask(t.Context(), ping{})
	modulestest.Refused(t, err, status.Unavailable, "module_unavailable")
}

func TestRunnerThatFailsToStart(t *testing.T) {
	t.Parallel()
	d, fault := &diary{}, errors.New("no luck")
	var b *modules.Board
	var dispatcher *rpc.Dispatcher
	h := hosting(t, t.TempDir(),
		[]modules.Module{running(d, "a", nil), running(d, "b", nil), running(d, "c", fault), running(d, "d", nil)}, &b, &dispatcher)
	err := h.Start(t.Context())
	require.ErrorIs(t, err, fault)
	require.ErrorContains(t, err, "module c")
	require.Equal(t, []string{"start a", "start b", "start c", "stop b", "stop a"}, d.lines,
		"what was started is stopped; what failed has left nothing behind")
	require.NotContains(t, states(b), modules.Ready)
	for _, s := range b.All() {
		require.Equal(t, modules.Stopping, s.State)
	}
	_, err = rpc.Bind(dispatcher.For("node"), method("a", "node"))(t.Context(), ping{})
	modulestest.Refused(t, err, status.Unavailable, "module_unavailable")
	h.Stop()
	require.Len(t, d.lines, 5)
}
