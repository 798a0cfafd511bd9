package registry

// ListRequest asks for services, MaxPage of them at most, beyond the one named After.
type ListRequest struct {
	// Healthy leaves out instances that get no requests, Tag all that do not carry it; a service without any is left out.
	Healthy bool   `json:"healthy,omitempty"`
	Tag     string `json:"tag,omitempty"`
	// After is the name behind which the page begins, Limit how many services it has at the most; 0 is as many as go into one reply.
	After string `json:"after,omitempty"`
	Limit int    `json:"limit,omitempty"`
}

// ListReply holds a page of them. More says that there are others behind it.
type ListReply struct {
	Services []Listing `json:"services"`
	More     bool      `json:"more,omitempty"`
}

// GetRequest names a service.
type GetRequest struct {
	Name string `json:"name"`
	// Version is "latest", a version or a constraint such as "^1.2"; "" is any.
	Version string `json:"version,omitempty"`
	Healthy bool   `json:"healthy,omitempty"`
	Tag     string `json:"tag,omitempty"`
}

// NodesRequest asks for the nodes.
type NodesRequest struct{}

// Node is a node of the cluster, as the node that answers sees it.
type Node struct {
	Name    string   `json:"name"`
	Boot    string   `json:"boot"`
	Version string   `json:"version"`
	Address string   `json:"address,omitempty"`
	State   string   `json:"state"`
	Modules []string `json:"modules"`
}

// NodesReply holds them.
type NodesReply struct {
	Nodes []Node `json:"nodes"`
}

// GraphRequest asks who depends on whom.
type GraphRequest struct{}

// Vertex is a service in the graph. One that nobody offers is there too when somebody depends on it.
type Vertex struct {
	Name string `json:"name"`
	Kind string `json:"kind,omitempty"`
	// Instances are all, Healthy those that get requests.
	Instances int `json:"instances"`
	Healthy   int `json:"healthy"`
	// DependsOn are the services that its instances call, NeededBy those that call it.
	DependsOn []string `json:"depends_on"`
	NeededBy  []string `json:"needed_by"`
}

// GraphReply holds all of it.
type GraphReply struct {
	Services []Vertex `json:"services"`
}
