package core_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/registry"
	"holon/modules/registry/internal/core"
	"holon/modules/registry/internal/spread"
	"holon/transport/contract"
)

// fleet is some registry nodes with calls between them inside the process, and gossip that tells all of them the same.
type fleet struct {
	t        *testing.T
	mu       sync.Mutex
	cores    map[string]*core.Core
	boots    map[string]string
	services map[string][]registry.Instance
	watchers map[chan struct{}]bool
	// seeking says that nodes look for others in vain.
	seeking bool
	log     bytes.Buffer
}

var errAway = errors.New("nobody is there")

func newFleet(t *testing.T) *fleet {
	return &fleet{t: t, cores: make(map[string]*core.Core), boots: make(map[string]string), watchers: make(map[chan struct{}]bool)}
}

// start runs a node; the test stops it.
func (f *fleet) start(name, boot string) *core.Core {
	c := core.New(core.Params{
		Node: name, Boot: boot, View: &member{f, name}, Now: time.Now, Log: slog.New(slog.NewTextHandler(f, nil)),
		Sync: func(ctx context.Context, to string, r registry.SyncRequest) (registry.SyncReply, error) {
			at := f.core(to)
			if at == nil {
				return registry.SyncReply{}, errAway
			}
			return at.Sync(ctx, r)
		},
		Fetch: func(ctx context.Context, to string, r registry.FetchRequest) (registry.FetchReply, error) {
			at := f.core(to)
			if at == nil {
				return registry.FetchReply{}, errAway
			}
			return at.Fetch(ctx, r)
		},
	})
	require.NoError(f.t, c.Start(f.t.Context()))
	f.mu.Lock()
	f.cores[name], f.boots[name] = c, boot
	f.mu.Unlock()
	f.turn()
	return c
}

// stop ends a node as the kernel does: first nobody calls it any more.
func (f *fleet) stop(name string) {
	f.mu.Lock()
	c := f.cores[name]
	delete(f.cores, name)
	f.mu.Unlock()
	c.Stop()
	f.turn()
}

func (f *fleet) stopAll() {
	for _, name := range []string{"a", "b", "c"} {
		if f.core(name) != nil {
			f.stop(name)
		}
	}
}

func (f *fleet) core(name string) *core.Core {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cores[name]
}

// set says what gossip tells of a module.
func (f *fleet) set(service string, instances ...registry.Instance) {
	f.mu.Lock()
	now := map[string][]registry.Instance{service: instances}
	for name, others := range f.services {
		if name != service {
			now[name] = others
		}
	}
	f.services = now
	f.mu.Unlock()
	f.turn()
}

func (f *fleet) turn() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for w := range f.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

// Write is the log of all.
func (f *fleet) Write(line []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.log.Write(line)
}

func (f *fleet) logged() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.log.String()
}

// member is what gossip tells one of them.
type member struct {
	*fleet
	name string
}

func (m *member) Services() map[string][]registry.Instance {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.services
}

func (m *member) Nodes() []registry.Node  { return nil }
func (m *member) Module(name string) bool { return name == "user" }
func (m *member) Seeking() bool           { m.mu.Lock(); defer m.mu.Unlock(); return m.seeking }
func (m *member) Peers() (p []spread.Peer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.cores {
		if name != m.name {
			p = append(p, spread.Peer{Node: name, Boot: m.boots[name]})
		}
	}
	slices.SortFunc(p, func(a, b spread.Peer) int { return slices.Compare([]byte(a.Node), []byte(b.Node)) })
	return p
}

func (m *member) Watch() (<-chan struct{}, func()) {
	turned := make(chan struct{}, 1)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.watchers[turned] = true
	return turned, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.watchers, turned)
	}
}

// admin may lease everything.
func admin(t *testing.T) context.Context {
	return contract.WithPrincipal(t.Context(), contract.Principal{Subject: "u", Roles: []string{contract.RoleAdmin}})
}

func put(t *testing.T, c *core.Core, ids ...int) {
	for _, id := range ids {
		_, err := c.Put(admin(t), registry.PutRequest{Service: "shop", ID: fmt.Sprintf("%04d", id),
			Registration: registry.Registration{Address: "10.0.0.1:80"}})
		require.NoError(t, err)
	}
}

// leased is how many instances of the shop there are, by state.
func leased(t *testing.T, c *core.Core) map[string]int {
	states := make(map[string]int)
	reply, err := c.List(t.Context(), registry.ListRequest{})
	require.NoError(t, err)
	for _, s := range reply.Services {
		for _, i := range s.Instances {
			if s.Name == "shop" {
				states[i.State]++
			}
		}
	}
	return states
}

func numbers(n int) (all []int) {
	for i := range n {
		all = append(all, i)
	}
	return all
}
