package spread

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"holon/modules/registry"
)

// peer is what another node has not been told yet.
type peer struct {
	Peer
	s *Spreader

	mu sync.Mutex
	// all says that it has to be told everything: it is new, or something it was told got lost.
	all     bool
	records map[key]dated[registry.Record]
	pulses  map[key]dated[registry.Pulse]
	busy    bool
	// whole says that it is just being told everything.
	whole bool
	// quiet is until when it is left alone.
	quiet time.Time
	// ended waits for the call under way.
	ended sync.WaitGroup
}

type key struct{ service, id string }

// dated is something of a lease with when the lease ends, by this node's clock: it may have to wait until it is told.
type dated[T any] struct {
	what  T
	until time.Time
}

// add notes what is to be told. Who is told everything anyway needs no list, which so cannot grow while a node is away.
func (p *peer) add(records []registry.Record, pulses []registry.Pulse) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all && !p.busy {
		return
	}
	if p.records == nil {
		p.records, p.pulses = make(map[key]dated[registry.Record]), make(map[key]dated[registry.Pulse])
	}
	now := time.Now()
	for _, r := range records {
		p.records[key{r.Service, r.ID}] = dated[registry.Record]{r, now.Add(r.Left)}
		delete(p.pulses, key{r.Service, r.ID})
	}
	for _, u := range pulses {
		k := key{u.Service, u.ID}
		if r, whole := p.records[k]; whole { // the record waits, and says this too
			r.until = now.Add(u.Left)
			p.records[k] = r
			continue
		}
		p.pulses[k] = dated[registry.Pulse]{u, now.Add(u.Left)}
	}
	if len(p.records)+len(p.pulses) > maxWaiting {
		p.all, p.records, p.pulses = true, nil, nil
	}
}

// maxWaiting bounds what is kept for one node; beyond it is told everything.
const maxWaiting = 50_000

// tell begins to tell, where there is something and nobody does it already. The last time, one that did not answer just now
// is not left alone either.
func (p *peer) tell(ctx context.Context, last bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy || !last && time.Now().Before(p.quiet) || !p.all && len(p.records)+len(p.pulses) == 0 {
		return
	}
	p.busy = true
	all, records, pulses := p.all, p.records, p.pulses
	p.whole = all
	p.all, p.records, p.pulses = false, nil, nil
	p.ended.Add(1)
	p.s.group.Go(func() {
		defer p.ended.Done()
		err := p.send(ctx, all, records, pulses)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.busy, p.whole = false, false
		if err != nil {
			p.all, p.records, p.pulses = true, nil, nil
			p.quiet = time.Now().Add(rest)
			p.s.params.Log.Debug("leases not told", "to", p.Node, "err", err)
		}
	})
}

// leave forgets what a node that has gone was not told.
func (p *peer) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all, p.records, p.pulses = false, nil, nil
}

// send tells everything, or what is new.
func (p *peer) send(ctx context.Context, all bool, records map[key]dated[registry.Record], pulses map[key]dated[registry.Pulse]) error {
	if all {
		return p.sendAll(ctx)
	}
	var rs []registry.Record
	for _, r := range records {
		r.what.Left = time.Until(r.until)
		rs = append(rs, r.what)
	}
	for chunk := range slices.Chunk(rs, maxRecords) {
		if err := p.sync(ctx, registry.SyncRequest{Records: chunk}); err != nil {
			return err
		}
	}
	var us []registry.Pulse
	for _, u := range pulses {
		u.what.Left = time.Until(u.until)
		us = append(us, u.what)
	}
	for chunk := range slices.Chunk(us, maxPulses) {
		if err := p.sync(ctx, registry.SyncRequest{Pulses: chunk}); err != nil {
			return err
		}
	}
	return nil
}

func (p *peer) sendAll(ctx context.Context) error {
	var service, id string
	for more := true; more; {
		var chunk []registry.Record
		if chunk, more = p.s.params.Table.Fetch(service, id, maxRecords); len(chunk) == 0 {
			return nil
		}
		if err := p.sync(ctx, registry.SyncRequest{Records: chunk}); err != nil {
			return err
		}
		service, id = chunk[len(chunk)-1].Service, chunk[len(chunk)-1].ID
	}
	return nil
}

// sync makes one call, and others with what the node does not have: it may want as many records as there were pulses.
func (p *peer) sync(ctx context.Context, r registry.SyncRequest) error {
	reply, err := p.call(ctx, r)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(reply.Wanted, maxRecords) {
		if wanted := p.s.params.Table.Records(chunk); len(wanted) > 0 {
			if _, err := p.call(ctx, registry.SyncRequest{Records: wanted}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *peer) call(ctx context.Context, r registry.SyncRequest) (registry.SyncReply, error) {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	return p.s.params.Sync(ctx, p.Node, r)
}

// State is how it stands with another node, for people.
type State struct {
	Node string `json:"node"`
	// Behind says that it does not know everything yet that this node does.
	Behind bool `json:"behind"`
}

// States are those of all other registry nodes, by name.
func (s *Spreader) States() []State {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []State{}
	for _, p := range s.peers {
		p.mu.Lock()
		out = append(out, State{p.Node, p.all || p.whole})
		p.mu.Unlock()
	}
	slices.SortFunc(out, func(a, b State) int { return strings.Compare(a.Node, b.Node) })
	return out
}
