package rpc

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/go-kit/kit/endpoint"
	"github.com/go-kit/kit/sd"
	"github.com/prometheus/client_golang/prometheus"

	"holon/transport/balance"
	"holon/transport/contract"
	"holon/transport/wire"
)

// RemoteParams are what reaching other nodes takes.
type RemoteParams struct {
	// Self is this process, "<node>~<boot>": it is not among the others.
	Self string
	// Instancer tells where a module runs.
	Instancer func(module string) sd.Instancer
	// Modules are those that may be called elsewhere, each in the major version that this binary speaks.
	Modules []contract.Contract
	// Patience is how long a call waits for an instance at most, and never for more than half of its time; 0 means 4 s.
	Patience time.Duration
	// Dial opens the connection to an instance.
	Dial    func(context.Context, balance.Instance) (*wire.Conn, error)
	Log     *slog.Logger
	Metrics prometheus.Registerer
}

// Remote reaches the instances of modules on other nodes: it follows where they are, keeps a connection to each, and
// chooses one for every call.
type Remote struct {
	params  RemoteParams
	modules map[string]*elsewhere
	budget  balance.Budget
	metrics *remoteMetrics

	mu    sync.Mutex
	peers map[string]*peer
	stops []func()
	// stopping is closed when calls under way need not be finished any more.
	stopping chan struct{}
}

// elsewhere is one module on other nodes.
type elsewhere struct {
	name  string
	major int
	set   *balance.Set
}

// NewRemote returns one that reaches nobody until Start.
func NewRemote(p RemoteParams) (*Remote, error) {
	m, err := newRemoteMetrics(p.Metrics)
	if err != nil {
		return nil, fmt.Errorf("register metrics of calls to other nodes: %w", err)
	}
	if p.Patience == 0 {
		p.Patience = longestPatience
	}
	r := &Remote{params: p, modules: make(map[string]*elsewhere), metrics: m, peers: make(map[string]*peer), stopping: make(chan struct{})}
	for _, c := range p.Modules {
		r.modules[c.Module] = &elsewhere{name: c.Module, major: c.Major, set: balance.NewSet(balance.Params{Factory: r.factory, Self: p.Self, Ejected: r.ejected})}
	}
	return r, nil
}

// Start begins to follow where modules run.
func (r *Remote) Start() {
	for name, m := range r.modules {
		r.stops = append(r.stops, m.set.Follow(r.params.Instancer(name), func(err error) {
			r.params.Log.Warn("service discovery", "module", name, "err", err)
		}))
	}
}

// Stop closes the connections. Calls that are under way on them fail.
func (r *Remote) Stop() {
	r.mu.Lock()
	stops := r.stops
	r.stops = nil
	r.mu.Unlock()
	if stops == nil {
		return
	}
	close(r.stopping)
	var all sync.WaitGroup
	for _, stop := range stops {
		all.Go(stop)
	}
	all.Wait()
}

// factory makes the endpoint of an instance. All modules of a node share its connection.
func (r *Remote) factory(text string) (endpoint.Endpoint, io.Closer, error) {
	in, err := balance.Parse(text)
	if err != nil {
		return nil, nil, err
	}
	key := in.ID + "@" + in.Addr
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.peers[key]
	if p == nil {
		p = &peer{remote: r, key: key, instance: in}
		r.peers[key] = p
	}
	p.users++
	return p.send, leaving{p}, nil
}

func (r *Remote) ejected(in balance.Instance, lasts time.Duration) {
	r.metrics.ejections.Inc()
	r.params.Log.Warn("instance ejected: calls to it failed", "instance", in.ID, "addr", in.Addr, "for", lasts)
}
