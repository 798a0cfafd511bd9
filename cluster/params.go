package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/memberlist"
)

// Module is a module placed on this node.
type Module struct {
	Name string
	// Major is the major version of its contract, 0 to 255.
	Major int
	// Version is that of code that has one of its own, of 32 bytes at most; empty for most.
	Version string
}

// IDStore keeps the cluster's id in the data folder, which several nodes of one machine may share.
type IDStore interface {
	// Get returns the id that is kept, empty when there is none.
	Get() (string, error)
	// Adopt keeps id unless one is kept already, and returns the one that is kept.
	Adopt(id string) (string, error)
}

// Probe dials a node address and reports whether that very run of the node answers there. It gets at most a second.
type Probe func(ctx context.Context, addr, node, boot string) (alive bool)

// Params are what New needs.
type Params struct {
	// Node is this node's name, Boot the UUIDv7 of this run. Of two runs the one with the later Boot is the newer.
	Node, Boot string
	// Version is shown to others, cut after 32 bytes.
	Version string
	// Addr is the address that others are told to call, host:port of the node port. Empty waits for SetAddr.
	Addr string
	// Bind is where gossip listens, ip:port; port 0 takes a free one. Empty means 127.0.0.1:7946.
	Bind string
	// Advertise is where others send gossip, a host or host:port. Empty means Bind, which must then name an interface.
	Advertise string
	// Seeds are hosts or host:port to join; a host without a port gets 7946. Names are resolved anew for each join.
	Seeds []string
	// Modules are those of this node, Known the names of all modules of this binary.
	Modules []Module
	Known   []string
	// Folder is where peers.json and homes.json are kept. Empty means that nothing is remembered.
	Folder string
	// Others are the folders of other nodes that have used the same data. What they remember counts too: the data may have
	// been theirs, and may be a copy.
	Others []string
	// ID keeps the cluster's id.
	ID IDStore
	// Probe tells a double from a process that is gone. Without it every older run counts as gone.
	Probe Probe
	// MaxStale is how long nodes that were all lost at once are still offered. Zero means five minutes.
	MaxStale time.Duration
	// Large chooses slower timings, meant for more than 100 nodes. All nodes should agree.
	Large bool
	// Keyring encrypts gossip; nil means that it is open.
	Keyring *memberlist.Keyring
	// Transport replaces the network, for tests.
	Transport memberlist.Transport
	Log       *slog.Logger
	// Metrics may be nil.
	Metrics *Metrics
}

const (
	defaultBind = "127.0.0.1:7946"
	// DefaultPort is the gossip port of a seed that names none.
	DefaultPort     = "7946"
	defaultMaxStale = 5 * time.Minute
)

// complete checks the parameters and fills in what was left out.
func (p *Params) complete() error {
	if err := checkName(p.Node); err != nil {
		return fmt.Errorf("node: %w", err)
	}
	if id, err := uuid.Parse(p.Boot); err != nil || id.Version() != 7 || id.String() != p.Boot {
		return fmt.Errorf("boot %q is not a UUIDv7 in its usual form", p.Boot)
	}
	if err := checkAddr(p.Addr); p.Addr != "" && err != nil {
		return fmt.Errorf("node address: %w", err)
	}
	if p.ID == nil || p.Log == nil {
		return errors.New("cluster needs an id store and a logger")
	}
	if p.Bind == "" {
		p.Bind = defaultBind
	}
	if err := p.checkBind(); err != nil {
		return err
	}
	if p.MaxStale == 0 {
		p.MaxStale = defaultMaxStale
	}
	if !plain(p.Version) {
		return fmt.Errorf("version %q has odd characters", p.Version)
	}
	p.Version = p.Version[:min(len(p.Version), maxVersion)]
	p.Metrics = p.Metrics.orUnregistered()
	return nil
}

func (p *Params) checkBind() error {
	host, _, err := net.SplitHostPort(p.Bind)
	if err != nil || net.ParseIP(host) == nil {
		return fmt.Errorf("gossip address %q is not ip:port", p.Bind)
	}
	if p.Advertise == "" && net.ParseIP(host).IsUnspecified() {
		return fmt.Errorf("gossip address %s names no interface: say which address others shall use", p.Bind)
	}
	return nil
}

// hashes maps the hash of each known module to its name, and refuses names that nobody could tell apart.
func (p *Params) hashes() (map[uint32]string, error) {
	known := slices.Clone(p.Known)
	for _, m := range p.Modules {
		known = append(known, m.Name)
	}
	names := make(map[uint32]string, len(known))
	for _, name := range known {
		h := hashName(name)
		if other, ok := names[h]; ok && other != name {
			return nil, fmt.Errorf("modules %q and %q have the same hash: rename one", other, name)
		}
		names[h] = name
	}
	return names, nil
}

// record is what the node says of itself at first.
func (p *Params) record() (record, error) {
	r := record{addr: p.Addr, version: p.Version}
	for _, m := range p.Modules {
		if m.Major < 0 || m.Major > 255 {
			return record{}, fmt.Errorf("module %q: major version %d is not within 0 to 255", m.Name, m.Major)
		}
		if len(m.Version) > maxVersion || !plain(m.Version) {
			return record{}, fmt.Errorf("module %q: version %q is over %d bytes or has odd characters", m.Name, m.Version, maxVersion)
		}
		r.modules = append(r.modules, moduleRecord{hash: hashName(m.Name), major: uint8(m.Major), version: m.Version})
	}
	return r, r.fits()
}
