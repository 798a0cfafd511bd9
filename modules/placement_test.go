package modules_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"holon/modules"
	"holon/transport/contract"
)

func TestPlacementRefuses(t *testing.T) {
	t.Parallel()
	needing := func(m modules.Module, needs ...string) modules.Module { m.Needs = needs; return m }
	offerless, clientless, borrowed, strayed := toy("a", nil), toy("b", nil), toy("a", nil), toy("a", nil)
	offerless.Offer, clientless.Client = nil, nil
	borrowed.Contract.Module = "b"
	strayed.Contract.Methods = append(strayed.Contract.Methods, method("b"))
	for what, row := range map[string]struct {
		all    []modules.Module
		placed string
		says   []string
	}{
		"a name given twice":         {[]modules.Module{toy("a", nil), toy("b", nil), toy("a", nil)}, "b", []string{`"a"`, "two"}},
		"a module that is not there": {[]modules.Module{toy("b", nil), toy("a", nil)}, "c", []string{`"c"`, "a, b"}},
		"an unknown need":            {[]modules.Module{needing(toy("a", nil), "c"), toy("b", nil)}, "a", []string{`"a"`, `"c"`, "a, b"}},
		"a need without a client":    {[]modules.Module{needing(toy("a", nil), "b"), clientless}, "a", []string{`"a"`, `"b"`, "client"}},
		"the contract of another":    {[]modules.Module{borrowed}, "a", []string{`"a"`, "contract", `"b"`}},
		"a method of another":        {[]modules.Module{strayed}, "a", []string{`"a"`, `"b.ping"`}},
		"the name of all modules":    {[]modules.Module{toy("all", nil)}, "all", []string{`"all"`}},
		"the name of a node":         {[]modules.Module{toy("node", nil)}, "node", []string{`"node"`}},
		"a module without an offer":  {[]modules.Module{offerless}, "a", []string{`"a"`, "offers nothing"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			_, err := modules.Placement{All: row.all, Placed: []string{row.placed}}.Options()
			for _, text := range row.says {
				require.ErrorContains(t, err, text)
			}
		})
	}
}

// What Options cannot see, because it is in the constructors, is seen when the graph is made: before any file or port.
func TestGraphRefuses(t *testing.T) {
	t.Parallel()
	unhandled := toy("a", nil)
	unhandled.Contract.Methods = append(unhandled.Contract.Methods,
		contract.Method[ping, pong]{Name: "a.pong"})
	unpromised := toy("a", nil)
	unpromised.Contract.Methods = nil
	unsettled := toy("a", nil, fx.Invoke(func(*struct{ N int }) {}))
	for what, row := range map[string]struct {
		module modules.Module
		placed []string
		says   string
	}{
		"a method without a handler": {unhandled, []string{"a"}, `"a.pong"`},
		"a handler without a method": {unpromised, []string{"a"}, `"a.ping"`},
		"settings that nobody gave":  {unsettled, []string{"a"}, "missing"},
		"a module placed twice":      {toy("a", nil), []string{"a", "a"}, "a"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			var h *modules.Host
			err := build(t, modules.Placement{All: []modules.Module{row.module}, Placed: row.placed}, t.TempDir(), &h)
			require.ErrorContains(t, err, row.says)
		})
	}
}

func TestNamesAreSorted(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"a", "b", "c"}, modules.Names([]modules.Module{toy("b", nil), toy("c", nil), toy("a", nil)}))
	require.Empty(t, modules.Names(nil))
}
