package modulestest

import (
	"testing"

	"holon/modules"
)

// Mode is a way for calls to travel.
type Mode struct {
	Name string
	// strict encodes calls inside the process; apart gives each module a node of its own, with sockets between.
	strict, apart bool
}

// Modes returns every way there is: whatever holds in one must hold in all.
func Modes() []Mode {
	return []Mode{{Name: "in-process"}, {Name: "strict", strict: true}, {Name: "wire", apart: true}}
}

// Each runs a test once in every mode, as parallel subtests, on a fresh node that runs the given modules.
func Each(t *testing.T, placed []modules.Module, test func(*testing.T, *Node), options ...Option) {
	t.Helper()
	var c config
	c.settings = make(map[string]func(any))
	for _, o := range options {
		o(&c)
	}
	for _, mode := range Modes() {
		if mode.apart && c.together {
			continue
		}
		t.Run(mode.Name, func(t *testing.T) {
			t.Parallel()
			test(t, Start(t, mode, placed, options...))
		})
	}
}
