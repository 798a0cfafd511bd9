package modulestest

import (
	"testing"

	"holon/modules"
)

// Mode is a way for calls to travel.
type Mode struct {
	Name string
	// strict encodes calls inside the process.
	strict bool
}

// Modes returns every way there is: whatever holds in one must hold in all.
func Modes() []Mode {
	return []Mode{{Name: "in-process"}, {Name: "strict", strict: true}}
}

// Each runs a test once in every mode, as parallel subtests, on a fresh node that runs the given modules.
func Each(t *testing.T, placed []modules.Module, test func(*testing.T, *Node), options ...Option) {
	t.Helper()
	for _, mode := range Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			t.Parallel()
			test(t, Start(t, mode, placed, options...))
		})
	}
}
