package registry

import "time"

// Registration is what a service outside says of one of its instances.
type Registration struct {
	// Address is host:port, where it takes requests.
	Address string `json:"address"`
	// Version is as semver has it, such as 1.2.0; "" is none.
	Version      string            `json:"version,omitempty"`
	Dependencies []string          `json:"dependencies,omitempty"`
	Metadata     map[string]string `json:"metadata,omitempty"`
	Tags         []string          `json:"tags,omitempty"`
	// TTL is for how many seconds the lease is good without being renewed: 10 to 3600, 0 is DefaultTTL.
	TTL   int   `json:"ttl_seconds,omitempty"`
	Check Check `json:"check,omitzero"`
}

// Check is how registry nodes find out whether an instance does its work. The zero value is no check.
type Check struct {
	// HTTP is a path that answers 2xx when all is well. TCP says that a connection is enough. Only one of them is given.
	HTTP string `json:"http,omitempty"`
	TCP  bool   `json:"tcp,omitempty"`
	// Every is the time between two checks in seconds: 2 to 300, 0 is 10.
	Every int `json:"every_seconds,omitempty"`
	// Rise is after how many good ones in a row an instance is passing, Fall after how many bad ones it is failing: 1 to 10,
	// 0 is 2 and 3.
	Rise int `json:"rise,omitempty"`
	Fall int `json:"fall,omitempty"`
}

// Bounds of a registration.
const (
	MinTTL, DefaultTTL, MaxTTL = 10, 30, 3600
	MaxName                    = 64
	MaxID                      = 128
	MaxAddress                 = 260
	MaxDependencies            = 32
	MaxTags                    = 16
	MaxTag                     = 64
	MaxMetadata                = 16
	MaxMetadataKey             = 64
	MaxMetadataValue           = 256
	MaxCheckPath               = 256
)

// PutRequest takes or renews a lease.
type PutRequest struct {
	Service      string       `json:"service"`
	ID           string       `json:"id"`
	Registration Registration `json:"registration"`
}

// BeatRequest renews one.
type BeatRequest struct {
	Service string `json:"service"`
	ID      string `json:"id"`
	// Revision is what Put has answered, "" for any: a lease that is not of that revision is unknown.
	Revision string `json:"revision,omitempty"`
}

// Lease is what a service outside is told.
type Lease struct {
	// Created says that there was none before.
	Created bool `json:"created,omitempty"`
	// Revision names what was registered: the same registration has the same one on every node.
	Revision string `json:"revision"`
	TTL      int    `json:"ttl_seconds"`
	// Beat is when to say it again, in seconds.
	Beat int `json:"heartbeat_seconds"`
}

// DropRequest ends a lease.
type DropRequest struct {
	Service string `json:"service"`
	ID      string `json:"id"`
}

// Dropped says whether there was one.
type Dropped struct {
	Was bool `json:"was"`
}

// Stamp orders what was written of one key: by how often it was written, as far as the writer knew, then by the writer's
// name. No clock is asked.
type Stamp struct {
	Count uint64 `json:"n"`
	Node  string `json:"by"`
}

// Record is a lease on its way from one registry node to another.
type Record struct {
	Service string `json:"service"`
	ID      string `json:"id"`
	Stamp   Stamp  `json:"stamp"`
	// Left is how long it is still good, from when it was sent. A goodbye is kept for so long.
	Left time.Duration `json:"left"`
	// Gone is a goodbye, without the rest.
	Gone         bool         `json:"gone,omitempty"`
	Registration Registration `json:"registration,omitzero"`
	// Since is when it was registered, by the clock of the node that took it; nobody compares it.
	Since time.Time `json:"since,omitzero"`
	// Health is what was found last, Checked orders it: whoever checks writes the next count.
	Health  Health `json:"health,omitzero"`
	Checked Stamp  `json:"checked,omitzero"`
}

// Pulse is the part of a record that changes with every heartbeat.
type Pulse struct {
	Service string        `json:"service"`
	ID      string        `json:"id"`
	Stamp   Stamp         `json:"stamp"`
	Left    time.Duration `json:"left"`
}

// SyncRequest tells another registry node what has changed here.
type SyncRequest struct {
	Records []Record `json:"records,omitempty"`
	Pulses  []Pulse  `json:"pulses,omitempty"`
	// Drop names a lease that somebody has said goodbye to, on a node that did not know of it.
	Drop *LeaseName `json:"drop,omitempty"`
	// Release has the leases end that the other's guard keeps.
	Release bool `json:"release,omitempty"`
}

// LeaseName is a lease's name.
type LeaseName struct {
	Service string `json:"service"`
	ID      string `json:"id"`
}

// SyncReply names those of the pulses whose records the other one does not have, and wants.
type SyncReply struct {
	Wanted []Pulse `json:"wanted,omitempty"`
	// Dropped says that there was a lease to say goodbye to.
	Dropped bool `json:"dropped,omitempty"`
	// Released is how many leases have ended because somebody knows that they are dead.
	Released int `json:"released,omitempty"`
}

// FetchRequest asks another registry node for all that it has, in the order of service and id beyond the ones given.
type FetchRequest struct {
	AfterService string `json:"after_service,omitempty"`
	AfterID      string `json:"after_id,omitempty"`
}

// FetchReply is a part of it.
type FetchReply struct {
	Records []Record `json:"records"`
	More    bool     `json:"more,omitempty"`
	// Learning says that this is what it knows, and that there may be more.
	Learning bool `json:"learning,omitempty"`
}
