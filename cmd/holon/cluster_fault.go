package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"holon/cluster"
)

// clusterFault gives what keeps a node from its place in the cluster its exit code and what to type next.
func clusterFault(err error) error {
	if taken, ok := errors.AsType[*cluster.TakenError](err); ok {
		return &failure{code: exitTaken, text: err.Error(),
			next: fmt.Sprintf("stop node %s, or leave %s out here: --modules",
				taken.Winner.Node, taken.Module)}
	}
	if double, ok := errors.AsType[*cluster.DoubleError](err); ok {
		return &failure{code: exitTaken, text: err.Error(), next: "the same with --name " + double.Node + "-2"}
	}
	if superseded, ok := errors.AsType[*cluster.SupersededError](err); ok {
		return &failure{code: exitTaken, text: err.Error(), next: "nothing; to run both, give one another name: --name " + superseded.Node + "-2"}
	}
	if _, ok := errors.AsType[*cluster.ForeignError](err); ok {
		return &failure{code: exitConfig, text: err.Error(), next: "run with a data dir of this cluster (--data-dir), or join the other (--join)"}
	}
	return err
}

// refusedStores are the modules whose data is not what the cluster remembers. One start shall do for all of them.
type refusedStores struct {
	mu      sync.Mutex
	modules []string
}

func (r *refusedStores) note(module string, err error) error {
	_, other := errors.AsType[*cluster.OtherStoreError](err)
	_, old := errors.AsType[*cluster.OldStoreError](err)
	if !other && !old {
		return clusterFault(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.modules = append(r.modules, module)
	return err
}

func (r *refusedStores) advise(err error) error {
	if len(r.modules) == 0 {
		return err
	}
	slices.Sort(r.modules)
	return &failure{code: exitCorrupt, text: err.Error(), next: "start where that data is, or restore a backup of it here; " +
		"to go on with what is here, and without what was written there: the same with --new-store " + strings.Join(r.modules, ",")}
}
