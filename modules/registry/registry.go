// Package registry is the contract of the registry module: which services there are and where their instances run, as the
// node that answers sees the cluster.
package registry

import (
	"context"
	"time"
)

// Instance is one running copy of a service.
type Instance struct {
	// ID is "<node>~<boot>": a node that starts again is another instance.
	ID      string `json:"id"`
	Node    string `json:"node"`
	Version string `json:"version"`
	// State is "starting", "ready", "draining" (it serves, and wants to go) or "stopping".
	State string `json:"state"`
	// Dependencies are the services it calls.
	Dependencies []string `json:"dependencies"`
	// Since is when it came to its state on the node that answers, and on other nodes when the process was started.
	Since time.Time `json:"since"`
}

// Listing is a service and its instances, sorted by id.
type Listing struct {
	Name      string     `json:"name"`
	Instances []Instance `json:"instances"`
}

// Service is what the module answers.
type Service interface {
	// List returns every service, sorted by name.
	List(ctx context.Context, r ListRequest) (ListReply, error)

	// Get returns one service. NotFound "service_not_found" when it has no instance.
	Get(ctx context.Context, r GetRequest) (Listing, error)
}

// ListRequest asks for all services.
type ListRequest struct{}

// ListReply holds them.
type ListReply struct {
	Services []Listing `json:"services"`
}

// GetRequest names a service.
type GetRequest struct {
	Name string `json:"name"`
}
