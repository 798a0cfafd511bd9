package main

import (
	"errors"
	"fmt"

	"holon/cluster"
)

// clusterFault gives what keeps a node from its place in the cluster its exit code and what to type next.
func clusterFault(err error) error {
	if taken, ok := errors.AsType[*cluster.TakenError](err); ok {
		return &failure{code: exitTaken, text: err.Error(),
			next: fmt.Sprintf("stop node %s, or leave %s out here: --modules",
				taken.Winner.Node, taken.Module)}
	}
	if other, ok := errors.AsType[*cluster.OtherStoreError](err); ok {
		return &failure{code: exitCorrupt, text: err.Error(),
			next: fmt.Sprintf("start where that data is, or restore a backup of it here; to go on with the data that is here: holon run --new-store %s", other.Module)}
	}
	if old, ok := errors.AsType[*cluster.OldStoreError](err); ok {
		return &failure{code: exitCorrupt, text: err.Error(),
			next: fmt.Sprintf("start where the newer copy is, or restore a backup of it here; to go on with the older copy that is here: holon run --new-store %s", old.Module)}
	}
	if double, ok := errors.AsType[*cluster.DoubleError](err); ok {
		return &failure{code: exitTaken, text: err.Error(), next: "holon run --name " + double.Node + "-2"}
	}
	if superseded, ok := errors.AsType[*cluster.SupersededError](err); ok {
		return &failure{code: exitTaken, text: err.Error(), next: "nothing; to run both, give one another name: --name " + superseded.Node + "-2"}
	}
	if _, ok := errors.AsType[*cluster.ForeignError](err); ok {
		return &failure{code: exitConfig, text: err.Error(), next: "run with a data dir of this cluster (--data-dir), or join the other (--join)"}
	}
	return err
}
