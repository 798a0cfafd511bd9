package modules

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// State is where a module stands on this node.
type State string

// The states, in the order a module passes through them.
const (
	Starting State = "starting"
	Ready    State = "ready"
	Stopping State = "stopping"
)

// Standing is a module's state on this node and since when.
type Standing struct {
	Module string
	State  State
	Since  time.Time
	// Fault is what keeps a module from all of its work just now, where the board was asked to look; nil for nothing known.
	Fault error
}

// Board knows where the modules of this node stand.
type Board struct {
	mu       sync.Mutex
	standing map[string]Standing
	// faults asks the modules' stores; it is nil where there are none to ask.
	faults func(context.Context) map[string]error
}

// NewBoard returns an empty board.
func NewBoard() *Board { return &Board{standing: make(map[string]Standing)} }

// Set records that a module reached a state now; one that it is in already goes on.
func (b *Board) Set(module string, s State) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.standing[module].State == s {
		return
	}
	b.standing[module] = Standing{Module: module, State: s, Since: time.Now().UTC().Truncate(time.Microsecond)}
}

// Look returns the standings, sorted by module, with what their stores say when they are asked now, for no longer than
// ctx lasts.
func (b *Board) Look(ctx context.Context) []Standing {
	out := b.All()
	b.mu.Lock()
	ask := b.faults
	b.mu.Unlock()
	if ask == nil {
		return out
	}
	faults := ask(ctx)
	for i := range out {
		out[i].Fault = faults[out[i].Module]
	}
	return out
}

// watch has the board ask for faults.
func (b *Board) watch(faults func(context.Context) map[string]error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = faults
}

// All returns the standings, sorted by module.
func (b *Board) All() []Standing {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]Standing, 0, len(b.standing))
	for _, s := range b.standing {
		out = append(out, s)
	}
	slices.SortFunc(out, func(x, y Standing) int { return strings.Compare(x.Module, y.Module) })
	return out
}
