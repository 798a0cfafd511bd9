package modules

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// errLow is what a disk says that is not full, and takes no business writes any more.
var errLow = errors.New("the disk is low: business writes are refused")

// Check tells whether the modules can work: nil, or what keeps them from it by module. It asks only for what is on
// this node, all of it at once, and no longer than ctx lasts. A disk that is low keeps nobody from serving what it can.
func (h *Host) Check(ctx context.Context) map[string]error {
	faults := h.ask(ctx)
	for _, s := range h.board.All() {
		if s.State != Ready && faults[s.Module] == nil {
			faults[s.Module] = fmt.Errorf("module is %s", s.State)
		}
	}
	return faults
}

// faults are for whoever looks: what the stores say, and which disks are low.
func (h *Host) faults(ctx context.Context) map[string]error {
	faults := h.ask(ctx)
	for _, d := range h.office.Disks() {
		if d.Low && faults[d.Module] == nil {
			faults[d.Module] = errLow
		}
	}
	return faults
}

// ask has every store write something.
func (h *Host) ask(ctx context.Context) map[string]error {
	answers := make([]error, len(h.probes))
	var wg sync.WaitGroup
	for i, p := range h.probes {
		wg.Go(func() { answers[i] = p.ask(ctx) })
	}
	wg.Wait()
	faults := make(map[string]error)
	for i, p := range h.probes {
		if answers[i] != nil {
			faults[p.store.Module()] = answers[i]
		}
	}
	for module, err := range h.adapter.Faults() {
		faults[module] = errors.Join(faults[module], err)
	}
	return faults
}
