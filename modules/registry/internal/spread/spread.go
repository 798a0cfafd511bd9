package spread

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"holon/modules/registry"
	"holon/transport/status"
)

const (
	// every is the time between two rounds: what a node has written, the others know after that.
	every = 200 * time.Millisecond
	// answer bounds one call.
	answer = 3 * time.Second
	// rest is how long a node is left alone that did not answer.
	rest = time.Second
	// records and pulses are how many go in one call: a record has 10 KB at the most, a call 4 MiB.
	maxRecords = 250
	maxPulses  = 5000
)

// Table is the leases of this node.
type Table interface {
	Dirty() ([]registry.Record, []registry.Pulse)
	Merge([]registry.Record)
	Records([]registry.Pulse) []registry.Record
	Fetch(afterService, afterID string, limit int) ([]registry.Record, bool)
}

// Peer is another registry node: its name and the run of it.
type Peer struct{ Node, Boot string }

// Params are what a spreader needs.
type Params struct {
	Table Table
	// Peers are the other registry nodes that take calls.
	Peers func() []Peer
	Sync  func(ctx context.Context, node string, r registry.SyncRequest) (registry.SyncReply, error)
	Fetch func(ctx context.Context, node string, r registry.FetchRequest) (registry.FetchReply, error)
	Log   *slog.Logger
}

// Spreader tells the others while it runs.
type Spreader struct {
	params Params
	group  sync.WaitGroup
	cancel context.CancelFunc

	mu    sync.Mutex
	peers map[Peer]*peer
}

// New returns a spreader that tells nobody until Start.
func New(p Params) *Spreader { return &Spreader{params: p, peers: make(map[Peer]*peer)} }

// Start begins to tell the others. Stop ends it.
func (s *Spreader) Start(ctx context.Context) {
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.group.Go(func() { s.run(ctx) })
}

// Stop tells the others what they have not been told yet, which takes a call's time at most, and returns.
func (s *Spreader) Stop() {
	s.cancel()
	s.group.Wait()
}

func (s *Spreader) run(ctx context.Context) {
	calls, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.round(calls, false)
		case <-ctx.Done():
			defer time.AfterFunc(answer, cancel).Stop()
			s.wait()
			s.round(calls, true)
			s.wait()
			return
		}
	}
}

// wait returns when nobody is being told anything.
func (s *Spreader) wait() {
	s.mu.Lock()
	all := slices.Collect(maps.Values(s.peers))
	s.mu.Unlock()
	for _, p := range all {
		p.ended.Wait()
	}
}

// round gives what is new to each peer, and has those told that are not being told just now.
func (s *Spreader) round(ctx context.Context, last bool) {
	records, pulses := s.params.Table.Dirty()
	s.mu.Lock()
	defer s.mu.Unlock()
	there := make(map[Peer]bool)
	for _, k := range s.params.Peers() {
		there[k] = true
		if s.peers[k] == nil {
			s.peers[k] = &peer{Peer: k, s: s, all: true}
		}
	}
	for k, p := range s.peers {
		if !there[k] {
			delete(s.peers, k)
			p.leave()
			continue
		}
		p.add(records, pulses)
		p.tell(ctx, last)
	}
}

// Answer is what another node has said, or why it has said nothing.
type Answer struct {
	Node  string
	Reply registry.SyncReply
	Err   error
}

// Ask asks all others at once, and waits for the time of a call at most.
func (s *Spreader) Ask(ctx context.Context, r registry.SyncRequest) []Answer {
	ctx, cancel := context.WithTimeout(ctx, answer)
	defer cancel()
	peers := s.params.Peers()
	out := make([]Answer, len(peers))
	var all sync.WaitGroup
	for i, p := range peers {
		all.Go(func() {
			reply, err := s.params.Sync(ctx, p.Node, r)
			out[i] = Answer{p.Node, reply, err}
		})
	}
	all.Wait()
	return out
}

// ErrLearning is the answer of a node to Fetch that may not know all leases itself.
var ErrLearning = status.New(status.Unavailable, "still_learning", "this node was started a short while ago and may not know all leases yet")

// Learn asks the others, one after the other, for all they have. It reports whether one has told all of it, and if not, whether
// another attempt may help: it does not where all the others are still learning themselves.
func (s *Spreader) Learn(ctx context.Context) (learnt, again bool) {
	peers := s.params.Peers()
	again = len(peers) == 0
	for _, p := range peers {
		err := s.learn(ctx, p.Node)
		if err == nil {
			return true, false
		}
		s.params.Log.Debug("leases not learnt", "from", p.Node, "err", err)
		again = again || !errors.Is(err, ErrLearning)
	}
	return false, again
}

func (s *Spreader) learn(ctx context.Context, node string) error {
	var after registry.FetchRequest
	for {
		call, cancel := context.WithTimeout(ctx, answer)
		reply, err := s.params.Fetch(call, node, after)
		cancel()
		if err != nil {
			return err
		}
		s.params.Table.Merge(reply.Records)
		if !reply.More || len(reply.Records) == 0 {
			if reply.Learning {
				return ErrLearning
			}
			return nil
		}
		last := reply.Records[len(reply.Records)-1]
		after = registry.FetchRequest{AfterService: last.Service, AfterID: last.ID}
	}
}

// Fetch answers another node's Learn.
func Fetch(t Table, r registry.FetchRequest) registry.FetchReply {
	records, more := t.Fetch(r.AfterService, r.AfterID, maxRecords)
	return registry.FetchReply{Records: records, More: more}
}
