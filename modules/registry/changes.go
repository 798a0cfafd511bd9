package registry

// ChangesRequest asks what has changed since a mark. The zero value asks for everything.
type ChangesRequest struct {
	// Boot and Seq are those of the reply before.
	Boot string `json:"boot,omitempty"`
	Seq  uint64 `json:"seq,omitempty"`
	// Wait is for how many milliseconds a reply may be kept back while there is no change, MaxWait at most.
	Wait int `json:"wait_ms,omitempty"`
}

// MaxWait bounds how long a reply is kept back, in milliseconds.
const MaxWait = 20_000

// Change is how an instance is now.
type Change struct {
	Service string `json:"service"`
	ID      string `json:"id"`
	// Instance is nil when it is gone.
	Instance *Instance `json:"instance,omitempty"`
}

// ChangesReply holds changes, the latest last; each instance is there once.
type ChangesReply struct {
	// Node is who answered; ask it again.
	Node string `json:"node"`
	Boot string `json:"boot"`
	Seq  uint64 `json:"seq"`
	// Snapshot says that what was known before is void: this reply, and those that follow while there is More, are all there is.
	Snapshot bool     `json:"snapshot,omitempty"`
	Changes  []Change `json:"changes,omitempty"`
	// Learning says that the node was started a short while ago and may not know all leases yet: what it does not tell of may
	// be there all the same.
	Learning bool `json:"learning,omitempty"`
	// More says that there are others, to be asked for at once.
	More bool `json:"more,omitempty"`
}
