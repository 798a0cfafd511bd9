package configs

import "time"

// Config is what the node itself is told; a module's settings live in a Section of their own.
type Config struct {
	// Modules are the modules to run here; the single name "all" means every one.
	Modules []string `yaml:"modules" short:"m" help:"modules this node runs, as a comma or YAML list; all means every one"`
	// Name is what the cluster calls this node. Empty lets the node derive one.
	Name string `yaml:"name" help:"name of this node in the cluster; empty derives one from the host and the modules"`
	// Join are nodes of the cluster to find the others by, host or host:port of their gossip. Empty begins a cluster that
	// others may join.
	Join []string `yaml:"join" help:"nodes to find the cluster by, as host or host:port of their gossip, as a comma or YAML list; empty begins one that others may join"`
	// Cluster is what people call the cluster.
	Cluster string `yaml:"cluster" help:"name of the cluster, for people: the start-up block shows it in the place of the id"`
	// Advertise is the host by which other nodes reach this one. Empty means that of gossip.addr and of node.addr.
	Advertise string `yaml:"advertise" help:"host or IP address by which other nodes reach this one; empty means that of gossip.addr and node.addr"`
	// InsecureNetwork lets other machines reach the ports between nodes, which are neither encrypted nor asked who they are.
	InsecureNetwork bool `yaml:"insecure_network" help:"let other machines reach gossip.addr and node.addr, unencrypted and without proof of who calls: for networks where everybody is trusted"`
	// Strict encodes calls between modules of one process as if they crossed the wire.
	Strict bool `yaml:"strict" help:"encode calls inside this process too, to find what would break between two nodes"`
	// LBGrace is how long a stopping node says so before it closes its door.
	LBGrace time.Duration `yaml:"lb_grace" help:"how long a stopping node still serves while /readyz says 503, for a load balancer to notice; up to 10m"`

	HTTP     HTTP     `yaml:"http"`
	Gossip   Gossip   `yaml:"gossip"`
	Node     Node     `yaml:"node"`
	Admin    Admin    `yaml:"admin"`
	Health   Health   `yaml:"health"`
	Data     Data     `yaml:"data"`
	Delivery Delivery `yaml:"delivery"`
	Log      Log      `yaml:"log"`
}

// HTTP is the public API.
type HTTP struct {
	// Addr is host:port; port 0 takes any free one.
	Addr string `yaml:"addr" help:"where the public API listens, on nodes that run the gateway"`
}

// Gossip is how nodes find each other.
type Gossip struct {
	// Addr is ip:port, for TCP and UDP.
	Addr string `yaml:"addr" help:"where nodes find this one, TCP and UDP; its port is what --join names"`
}

// Node is the port for calls and events between nodes.
type Node struct {
	// Addr is host:port.
	Addr string `yaml:"addr" help:"where other nodes reach the modules of this one"`
}

// Admin is the port that steers this node.
type Admin struct {
	// Addr is host:port, where host is a loopback address: whoever reaches this port commands the node.
	Addr string `yaml:"addr" help:"where this node is looked at and steered from; loopback only"`
}

// Health is the port for probes that come from other hosts.
type Health struct {
	// Addr is host:port. Empty means off.
	Addr string `yaml:"addr" help:"where probes from other hosts reach /livez, /readyz and /metrics; empty means off"`
}

// Data is what the node keeps on disk.
type Data struct {
	// Dir is a folder; nodes of one machine share it. A relative one is relative to the working directory.
	Dir string `yaml:"dir" help:"folder that holds the data, shared by the nodes of one machine"`
	// MinFree is what must be free on its disk; 0 asks for nothing.
	MinFree Bytes `yaml:"min_free" help:"free space on the disk below which business writes are refused, so that what is confirmed can still be finished; 0 means off"`
}

// Delivery is how events reach those that listen.
type Delivery struct {
	Retry      Pauses        `yaml:"retry" help:"pauses before a refused event is tried again, each ±20 %; after the last it is parked; none parks it at once"`
	Timeout    time.Duration `yaml:"timeout" help:"how long an event may take until its write begins, preparation included; 1s to 10m"`
	Keep       time.Duration `yaml:"keep" help:"how long events can be looked at and replayed once they are delivered; 1h to 8760h"`
	MaxBacklog int           `yaml:"max_backlog" help:"undone deliveries of one module, one for each event and subscriber, above which it refuses business writes; 1000 or more"`
}

// Log is how the node reports what it does.
type Log struct {
	// Level is debug, info, warn or error.
	Level string `yaml:"level" help:"least severe line to log: debug, info, warn or error"`
	// Format is auto, text or json.
	Format string `yaml:"format" help:"form of a line: text, json, or auto for text on a terminal and json elsewhere"`
}

// Default returns the settings of a node that was told nothing.
func Default() Config {
	return Config{
		Modules: []string{All},
		Join:    []string{},
		HTTP:    HTTP{Addr: "127.0.0.1:8080"}, // loopback: nothing is open to others unless told
		Gossip:  Gossip{Addr: "127.0.0.1:7946"},
		Node:    Node{Addr: "127.0.0.1:7947"},
		Admin:   Admin{Addr: "127.0.0.1:7948"},
		Data:    Data{Dir: "./holon-data", MinFree: 128 * MiB},
		Delivery: Delivery{
			Retry:      Pauses{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute},
			Timeout:    30 * time.Second,
			Keep:       7 * 24 * time.Hour,
			MaxBacklog: 1_000_000, // about 1 GiB on disk
		},
		Log: Log{Level: "info", Format: "auto"},
	}
}
