package storage

import "sync"

// gate counts who is inside, so that closing can wait for them. It starts shut.
type gate struct {
	mu     sync.Mutex
	open   bool
	inside int
	// empty is made by shut and closed when nobody is inside any more.
	empty chan struct{}
}

func (g *gate) unlock() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open, g.empty = true, nil
}

// enter reports whether the gate is open; who was let in must leave.
func (g *gate) enter() bool {
	g.mu.Lock()
	ok := g.open
	if ok {
		g.inside++
	}
	g.mu.Unlock()
	return ok
}

func (g *gate) leave() {
	g.mu.Lock()
	g.inside--
	if g.inside == 0 && g.empty != nil {
		close(g.empty)
	}
	g.mu.Unlock()
}

// shut lets nobody in from now on. The channel is closed when the last one inside has left. Shutting twice gives the
// same channel.
func (g *gate) shut() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = false
	if g.empty == nil {
		g.empty = make(chan struct{})
		if g.inside == 0 {
			close(g.empty)
		}
	}
	return g.empty
}

// closing reports whether the gate was shut since the one who asks came in.
func (g *gate) closing() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.open
}
