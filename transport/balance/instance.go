package balance

import (
	"fmt"
	"strings"
)

// Instance is where a module runs, as service discovery tells it.
type Instance struct {
	// ID is "<node>~<boot>": a process that is started again is another instance.
	ID string
	// Addr is host:port of the node's port.
	Addr string
	// Draining instances work and want to go: they are chosen last.
	Draining bool
}

// The states of an instance that is told of. Those that start are left out.
const (
	stateReady    = "ready"
	stateDraining = "draining"
)

// String returns the form that Parse reads: "<node>~<boot>@<addr>;<state>".
func (i Instance) String() string {
	state := stateReady
	if i.Draining {
		state = stateDraining
	}
	return i.ID + "@" + i.Addr + ";" + state
}

// Parse reads an instance as service discovery writes it.
func Parse(text string) (Instance, error) {
	rest, state, ok := strings.Cut(text, ";")
	id, addr, found := strings.Cut(rest, "@")
	switch {
	case !ok || !found || id == "" || addr == "":
		return Instance{}, fmt.Errorf("instance %q is not node~boot@addr;state", text)
	case state != stateReady && state != stateDraining:
		return Instance{}, fmt.Errorf("instance %q has the unknown state %q", text, state)
	}
	return Instance{ID: id, Addr: addr, Draining: state == stateDraining}, nil
}

// Boot returns the part of the ID behind the node.
func (i Instance) Boot() string {
	_, boot, _ := strings.Cut(i.ID, "~")
	return boot
}

// Node returns the part of the ID before the boot.
func (i Instance) Node() string {
	node, _, _ := strings.Cut(i.ID, "~")
	return node
}
