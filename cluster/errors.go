package cluster

import (
	"errors"
	"fmt"
)

// ErrOnlySelf is the outcome of a join whose addresses are all this node's own.
var ErrOnlySelf = errors.New("the seeds lead to this node only")

// ErrStopped is returned by what was asked of a cluster that is not running.
var ErrStopped = errors.New("not in the cluster: not started, or stopped")

// BindError says that the gossip port could not be opened.
type BindError struct {
	// Addr is the address that was asked for.
	Addr string
	// Taken is true when another process has it.
	Taken bool
	Err   error
}

func (e *BindError) Error() string { return fmt.Sprintf("open gossip port %s: %v", e.Addr, e.Err) }

func (e *BindError) Unwrap() error { return e.Err }

// DoubleError says that another process, alive and older, bears this node's name. This node must exit.
type DoubleError struct {
	Node, Boot string
	// Addr is the node address of the other.
	Addr string
}

func (e *DoubleError) Error() string {
	return fmt.Sprintf("a node named %q already runs at %s: give this one another name", e.Node, e.Addr)
}

// SupersededError says that a newer process has taken over this node's name, most likely while this one was suspended or
// cut off. This node must exit.
type SupersededError struct {
	Node, Boot string
	// Addr is the node address of the newer one.
	Addr string
}

func (e *SupersededError) Error() string {
	return fmt.Sprintf("node %q was taken over by a newer process at %s", e.Node, e.Addr)
}

// TakenError says that a module's home is on another node that is alive.
type TakenError struct {
	Module string
	// Winner is the home that stays.
	Winner Home
}

func (e *TakenError) Error() string {
	return fmt.Sprintf("another home has module %q: node %s at %s", e.Module, e.Winner.Node, e.Winner.Addr)
}

// OtherStoreError says that the cluster remembers other data of the module than the store that was brought.
type OtherStoreError struct {
	Module string
	// Known is the home that is remembered, with the node that had it last.
	Known Home
	// StoreID is the store that was brought.
	StoreID string
}

func (e *OtherStoreError) Error() string {
	return fmt.Sprintf("module %q has its data in store %s, last on node %s at %s; this node brings store %s",
		e.Module, e.Known.StoreID, e.Known.Node, e.Known.Addr, e.StoreID)
}

// OldStoreError says that the cluster remembers a run of the store that the one that was brought knows nothing of, so it has
// not got what was written then: it is a copy from before, or the original of one that was taken into use elsewhere.
type OldStoreError struct {
	Module string
	// Known is the home that is remembered, with the node that had the store last.
	Known Home
	// StoreID is the store, of which there are two.
	StoreID string
}

func (e *OldStoreError) Error() string {
	return fmt.Sprintf("module %q had its data in a copy of store %s last, on node %s at %s; what was written there is not in the copy that this node brings",
		e.Module, e.StoreID, e.Known.Node, e.Known.Addr)
}

// ForeignError says that this node joined one cluster while its data folder came to belong to another.
type ForeignError struct {
	Joined, Kept string
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("this node joined cluster %s, but its data folder belongs to cluster %s", e.Joined, e.Kept)
}
