package watch

import (
	"context"
	"fmt"
	"sync"

	"holon/modules/registry"
	"holon/transport/status"
)

const (
	// maxWatchers is how many watch at one gateway.
	maxWatchers = 10_000
	// kept is how many events a watcher may be behind. Who is further behind gets all there is anew.
	kept = 1024
	// stale is how many events may follow a snapshot before another one is encoded for those who come.
	stale = 256
)

// Hub has the events of one gateway. It is safe for concurrent use.
type Hub struct {
	service registry.Service
	// id tells the events of this hub from those of another.
	id string

	mu       sync.Mutex
	watchers int
	// feeds is how many there have been: each has numbers of its own.
	feeds int
	// cancel ends the follower, ended is closed when it has. Both are nil while nobody watches.
	cancel context.CancelFunc
	ended  chan struct{}
	feed   *feed
}

// New returns a hub over a service, which it asks while somebody watches.
func New(service registry.Service, id string) *Hub { return &Hub{service: service, id: id} }

// Join returns a watcher, who is to Leave. Exhausted "too_many_watchers" where there are too many.
func (h *Hub) Join() (*Watcher, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers >= maxWatchers {
		return nil, status.New(status.Exhausted, "too_many_watchers", "%d watch here already", h.watchers).With(status.DetailRetryAfter, "30")
	}
	if h.watchers++; h.watchers == 1 {
		h.follow()
	}
	return &Watcher{hub: h, feed: h.feed}, nil
}

// follow begins to follow the registry. The caller holds mu.
func (h *Hub) follow() {
	h.feeds++
	f := newFeed(fmt.Sprintf("%s.%d", h.id, h.feeds))
	follower := registry.Follower{Service: h.service, Told: f.told}
	// It is for nobody's request: the first watcher's would have all calls in its journal.
	ctx, cancel := context.WithCancel(context.Background())
	h.cancel = cancel
	ended := make(chan struct{})
	h.feed, h.ended = f, ended
	go func() {
		defer close(ended)
		follower.Run(ctx)
	}()
}

// leave takes a watcher off. The last one waits for the follower.
func (h *Hub) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers--; h.watchers > 0 {
		return
	}
	h.cancel()
	<-h.ended
	h.feed = nil
}

// Watchers is how many there are.
func (h *Hub) Watchers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.watchers
}
