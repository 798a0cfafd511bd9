package registry_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/registry"
	"holon/modules/registry/internal/catalog"
)

// sources are registry nodes that a follower asks, as a bubble has them.
type sources struct {
	registry.Service
	mu    sync.Mutex
	nodes map[string]*source
	// any are who answers when nobody is named, the first of them that is there.
	any   []string
	page  int
	calls []string
	// before is called with each call, before it is answered.
	before func(r registry.ChangesRequest)
}

type source struct {
	boot     string
	catalog  *catalog.Catalog
	learning bool
	away     bool
}

var errAway = errors.New("nobody is there")

func newSources(names ...string) *sources {
	s := &sources{nodes: make(map[string]*source), any: names, page: 100}
	for _, name := range names {
		s.nodes[name] = &source{boot: name + "1", catalog: catalog.New()}
	}
	return s
}

// restart makes another run of a node, which knows nothing.
func (s *sources) restart(name string, learning bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.nodes[name]
	s.nodes[name] = &source{boot: was.boot + "+", catalog: catalog.New(), learning: learning, away: was.away}
}

func (s *sources) change(name string, change func(*source)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s.nodes[name])
}

// set makes instances known to a node; one that begins with a - is gone.
func (s *sources) set(node string, ids ...string) {
	for _, id := range ids {
		s.change(node, func(n *source) {
			if id[0] == '-' {
				n.catalog.Set("shop", id[1:], nil)
			} else {
				n.catalog.Set("shop", id, &registry.Instance{ID: id})
			}
		})
	}
}

func (s *sources) Changes(ctx context.Context, r registry.ChangesRequest) (registry.ChangesReply, error) {
	s.mu.Lock()
	at := slices.IndexFunc(s.any, func(name string) bool { return !s.nodes[name].away })
	s.mu.Unlock()
	if at < 0 {
		s.note("nobody", r)
		return registry.ChangesReply{}, errAway
	}
	return s.answer(ctx, s.any[at], r)
}

func (s *sources) ChangesAt(ctx context.Context, node string, r registry.ChangesRequest) (registry.ChangesReply, error) {
	return s.answer(ctx, node, r)
}

func (s *sources) note(node string, r registry.ChangesRequest) {
	s.mu.Lock()
	s.calls = append(s.calls, node)
	before := s.before
	s.mu.Unlock()
	if before != nil {
		before(r)
	}
}

// answer is what Core does.
func (s *sources) answer(ctx context.Context, name string, r registry.ChangesRequest) (registry.ChangesReply, error) {
	s.note(name, r)
	over := time.After(time.Duration(r.Wait) * time.Millisecond)
	for {
		s.mu.Lock()
		n, page := *s.nodes[name], s.page
		s.mu.Unlock()
		if n.away {
			return registry.ChangesReply{}, errAway
		}
		seq := r.Seq
		if r.Boot != n.boot {
			seq = 0
		}
		now, turned := n.catalog.Since(seq, page)
		reply := registry.ChangesReply{Node: name, Boot: n.boot, Seq: now.Seq, Snapshot: now.Snapshot, Changes: now.List,
			Learning: n.learning, More: now.More}
		if now.Snapshot || len(now.List) > 0 {
			return reply, nil
		}
		select {
		case <-turned:
		case <-over:
			return reply, nil
		case <-ctx.Done():
			return registry.ChangesReply{}, ctx.Err()
		case <-time.After(100 * time.Millisecond): // it may have gone meanwhile
		}
	}
}

// pupil is who a follower tells.
type pupil struct {
	mu     sync.Mutex
	told   []string
	known  map[string]bool
	failed int
	// wrong is what should not have been told.
	wrong []string
}

// follow has a follower run in a bubble until the test ends.
func follow(t *testing.T, s *sources) *pupil {
	p := &pupil{known: make(map[string]bool)}
	f := registry.Follower{Service: s, Told: p.tell, Failed: func(error) { p.mu.Lock(); defer p.mu.Unlock(); p.failed++ }}
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	group.Go(func() { f.Run(ctx) })
	t.Cleanup(func() { cancel(); group.Wait() })
	return p
}

func (p *pupil) tell(changes []registry.Change, first bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	var line []string
	for _, c := range changes {
		sign := "+"
		if c.Instance == nil {
			sign = "-"
		}
		if p.known[c.ID] == (c.Instance != nil) {
			p.wrong = append(p.wrong, sign+c.ID+" was so")
		}
		p.known[c.ID] = c.Instance != nil
		line = append(line, sign+c.ID)
	}
	slices.Sort(line)
	if first {
		line = append([]string{"first"}, line...)
	}
	p.told = append(p.told, fmt.Sprint(line))
}

// heard returns what was told since it was asked before.
func (p *pupil) heard(t require.TestingT) (told []string) {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	require.Empty(t, p.wrong)
	told, p.told = p.told, nil
	return told
}

func (s *sources) asked() (calls []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls, s.calls = s.calls, nil
	return calls
}

// pass lets time go by in a bubble.
func pass(d time.Duration) { <-time.After(d) }
