package watch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"holon/modules/registry"
	"holon/modules/registry/internal/catalog"
	"holon/modules/registry/internal/watch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// source is the registry, as a gateway sees it.
type source struct {
	registry.Service
	catalog *catalog.Catalog
	mu      sync.Mutex
	// asking is how many calls are under way.
	asking, calls int
}

func newSource() *source { return &source{catalog: catalog.New()} }

func (s *source) Changes(ctx context.Context, r registry.ChangesRequest) (registry.ChangesReply, error) {
	s.count(1)
	defer s.count(-1)
	late := time.After(time.Duration(r.Wait) * time.Millisecond)
	for {
		now, turned := s.catalog.Since(r.Seq, 250)
		reply := registry.ChangesReply{Node: "n", Boot: "b", Seq: now.Seq, Snapshot: now.Snapshot, Changes: now.List, More: now.More}
		if now.Snapshot || len(now.List) > 0 {
			return reply, nil
		}
		select {
		case <-turned:
		case <-late:
			return reply, nil
		case <-ctx.Done():
			return registry.ChangesReply{}, ctx.Err()
		}
	}
}

func (s *source) ChangesAt(ctx context.Context, _ string, r registry.ChangesRequest) (registry.ChangesReply, error) {
	return s.Changes(ctx, r)
}

func (s *source) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asking += n
	s.calls += max(n, 0)
}

func (s *source) underWay() int { s.mu.Lock(); defer s.mu.Unlock(); return s.asking }

// set makes an instance so; version 0 is gone.
func (s *source) set(id, version int) {
	i := &registry.Instance{ID: fmt.Sprint(id), Version: fmt.Sprint(version), Dependencies: []string{}}
	if version == 0 {
		i = nil
	}
	s.catalog.Set("shop", fmt.Sprint(id), i)
}

var errOver = errors.New("over")

// reader is the stream of one who watches, and what it understood of it.
type reader struct {
	mu    sync.Mutex
	known map[string]string
	seq   uint64
	id    string
	// snapshots and comments are how many there were, wrong what should not have come.
	snapshots, comments int
	wrong               []string
	pieces              [][]byte
	// stuck holds writes up while there is something in it.
	stuck chan struct{}
	over  chan struct{}
	ended chan struct{}
}

func newReader() *reader {
	return &reader{stuck: make(chan struct{}, 1), over: make(chan struct{}), ended: make(chan struct{})}
}

// join has a reader watch until it goes.
func join(t require.TestingT, h *watch.Hub) *reader { return newReader().join(t, h, "") }

// join watches from behind an event on.
func (r *reader) join(t require.TestingT, h *watch.Hub, last string) *reader {
	w, err := h.Join()
	require.NoError(t, err)
	w.Resume(last)
	go func() {
		defer close(r.ended)
		defer w.Leave()
		if err := w.Serve(r); !errors.Is(err, errOver) {
			r.fault("it ended with %v", err)
		}
	}()
	return r
}

func (r *reader) goAway() {
	close(r.over)
	<-r.ended
}

func (r *reader) Wait(news <-chan struct{}, d time.Duration) error {
	select {
	case <-r.over:
		return errOver
	case <-news:
	case <-time.After(d):
	}
	return nil
}

func (r *reader) fault(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrong = append(r.wrong, fmt.Sprintf(format, args...))
}

// Write understands an event, as a client would.
func (r *reader) Write(p []byte) (int, error) {
	r.stuck <- struct{}{}
	defer func() { <-r.stuck }()
	if !bytes.HasSuffix(p, []byte("\n\n")) || bytes.Count(p, []byte("\n\n")) != 1 {
		r.fault("no event: %q", p)
	}
	fields := make(map[string]string)
	for line := range strings.Lines(strings.TrimSpace(string(p))) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		fields[name] = value
	}
	switch _, comment := fields[""]; {
	case comment:
		r.mu.Lock()
		r.comments++
		r.mu.Unlock()
	case fields["event"] == "snapshot":
		var s watch.Snapshot
		r.read(fields, &s, func() { r.snapshot(s) })
	case fields["event"] == "change":
		var d watch.Delta
		r.read(fields, &d, func() { r.delta(d) })
		r.pieces = append(r.pieces, p)
	case fields["retry"] == "":
		r.fault("what is this: %q", p)
	}
	return len(p), nil
}

func (r *reader) read(fields map[string]string, what any, take func()) {
	if err := json.Unmarshal([]byte(fields["data"]), what); err != nil {
		r.fault("%v", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.id = fields["id"]
	take()
	if !strings.HasSuffix(r.id, fmt.Sprint("-", r.seq)) {
		r.wrong = append(r.wrong, r.id+" is not the id of that number")
	}
}

func (r *reader) snapshot(s watch.Snapshot) {
	r.known, r.seq = make(map[string]string), s.Seq
	r.snapshots++
	for _, l := range s.Services {
		for _, i := range l.Instances {
			r.known[i.ID] = i.Version
		}
	}
}

func (r *reader) delta(d watch.Delta) {
	if d.Seq != r.seq+1 {
		r.wrong = append(r.wrong, fmt.Sprintf("%d follows %d", d.Seq, r.seq))
	}
	r.seq = d.Seq
	for _, c := range d.Changes {
		if c.Instance == nil {
			delete(r.known, c.ID)
		} else {
			r.known[c.ID] = c.Instance.Version
		}
	}
}

// sees requires that nothing went wrong, and returns what is known now.
func (r *reader) sees(t require.TestingT) map[string]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	require.Empty(t, r.wrong)
	known := make(map[string]string, len(r.known))
	for id, version := range r.known {
		known[id] = version
	}
	return known
}

func (r *reader) counts() (snapshots, comments int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.snapshots, r.comments
}

// pass lets time go by in a bubble.
func pass(d time.Duration) { <-time.After(d) }
