package main

import (
	"errors"
	"os"
	"syscall"
)

// hanging says that a node which answers nobody has not ended either, nil where none is like that. A process that stands
// still is no reason to start another in its place.
func hanging(recorded []target) error {
	for _, n := range recorded {
		if n.pid > 0 && n.pid != os.Getpid() && runs(n.pid) {
			return failed("look at its log; kill -QUIT has it write down what it is doing, and ends it",
				"node %s does not answer on %s within %s, and its process %d is still there", n.name, n.admin, aliveWithin, n.pid)
		}
	}
	return nil
}

// runs reports whether there is a process with this id.
func runs(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
