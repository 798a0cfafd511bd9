package cluster

import (
	"context"
	"slices"
	"time"
)

const (
	// patience is how long a home waits for a peer's answer, or for the one before it to go.
	patience = 15 * time.Second
	// echo is how long a claim must have been known to others without a better one before it counts.
	echo = time.Second
)

// Claim asks for this node to be the home of a module.
type Claim struct {
	Module string
	// StoreID is the id that the store carries.
	StoreID string
	// Settled is when the store first became a home, as it has kept it; zero if it never was one.
	Settled time.Time
	// Marks are those that the store has kept of the homes that it was; none if nobody kept any.
	Marks []string
	// NewStore replaces the store that the cluster remembers, whose data nobody sees any more.
	NewStore bool
	// Keep has the store keep the home's Settled and Mark. It is called before anybody is told that the home counts, so
	// that no copy of the store that was made before passes for this one. An error is Settle's. It may be nil.
	Keep func(context.Context, Home) error
}

// Settle makes this node the home of a module and returns the home. It waits until ctx ends where it must: with seeds for
// a peer's answer (a store that was a home before, or is put in its place: 15 s), and up to 15 s for a home on another node
// to go. It returns *TakenError when another node that is alive has the home, *OtherStoreError when the cluster remembers
// another store, and *OldStoreError when it remembers a run of this store that the one that was brought knows nothing of. A
// home that is lost later is reported by Fault.
//
// Once a claim was refused, or after an error, it may be made again.
func (c *Cluster) Settle(ctx context.Context, claim Claim) (Home, error) {
	own := c.roster.own()
	mine := Home{Module: claim.Module, StoreID: claim.StoreID, Mark: own.boot, Node: own.node, Boot: own.boot, Addr: own.addr}
	if err := mine.check(); err != nil {
		return Home{}, err
	}
	if !claim.Settled.IsZero() {
		mine.Settled = claim.Settled.UTC().Truncate(time.Microsecond)
	}
	if err := c.awaitPeers(ctx, claim); err != nil {
		return Home{}, err
	}
	s := settling{c: c, claim: claim, mine: mine}
	home, err := s.run(ctx)
	if err == nil && claim.Keep != nil {
		err = claim.Keep(ctx, home)
	}
	if err != nil {
		c.homes.withdraw(mine)
		return Home{}, err
	}
	c.mu.Lock()
	c.settled[home.Module] = home
	c.mu.Unlock()
	c.tell(claimed{Home: home})
	c.changed.send()
	if claim.NewStore { // the next start must know it as the one that counts
		err = c.disk.writeHomes(c)
	}
	return home, err
}

// awaitPeers waits for what must be known before a claim: what others remember, and that this node's name is its own. With
// seeds it waits for one of them, without for the answers of those that were there before.
func (c *Cluster) awaitPeers(ctx context.Context, claim Claim) error {
	var enough <-chan time.Time
	known, has, _, _ := c.homes.look(claim.Module)
	if !claim.Settled.IsZero() || claim.NewStore || has && known.StoreID == claim.StoreID {
		enough = time.After(patience)
	}
	for {
		changed := c.changed.wait()
		own := c.roster.own()
		if c.answered() && own.claimed || !c.Joined() && c.tried() && len(c.seeds) == 0 {
			return nil
		}
		select {
		case <-changed:
		case <-enough:
			if !c.Joined() {
				return nil
			}
		case <-c.done:
			return ErrStopped
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// settling is one claim on its way.
type settling struct {
	c     *Cluster
	claim Claim
	mine  Home
	// since is when this claim came to stand first, zero while it does not.
	since time.Time
}

func (s *settling) run(ctx context.Context) (Home, error) {
	over := time.Now().Add(patience)
	for {
		changed := s.c.changed.wait()
		known, has, claim, claims := s.c.homes.look(s.claim.Module)
		if err := s.refused(known, has); err != nil {
			return Home{}, err
		}
		s.draw(known, has)
		var wait time.Duration
		switch {
		case has && s.rival(known):
			s.since = time.Time{}
			if wait = time.Until(over); wait <= 0 {
				return Home{}, &TakenError{Module: s.claim.Module, Winner: known}
			}
			s.c.lines.info("home", "another node has this home, waiting for it to go", "module", known.Module, "node", known.Node, "addr", known.Addr)
		case claims && s.rival(claim) && claim.compare(s.mine) < 0:
			s.since = time.Time{}
			if wait = time.Until(over); wait <= 0 {
				return Home{}, &TakenError{Module: s.claim.Module, Winner: claim}
			}
		default:
			if s.since.IsZero() {
				s.since = time.Now()
			}
			// A claim that is not known as the first one was lost on the way or took the place of a dead one: say it.
			s.c.tell(claimed{Home: s.mine, pending: true})
			if wait = time.Until(s.since.Add(s.delay(known, has))); wait <= 0 {
				return s.mine, nil
			}
		}
		if err := s.c.pause(ctx, changed, wait); err != nil {
			return Home{}, err
		}
	}
}

// rival reports whether a home belongs to another node that is in the cluster.
func (s *settling) rival(h Home) bool {
	return h.Node != s.mine.Node && s.c.roster.alive(h.Node, h.Boot)
}

// refused compares the store with the one that is remembered.
func (s *settling) refused(known Home, has bool) error {
	switch {
	case !has || s.claim.NewStore:
		return nil
	case known.StoreID == s.claim.StoreID:
		if s.forked(known) && !s.rival(known) {
			return &OldStoreError{Module: s.claim.Module, Known: known, StoreID: s.claim.StoreID}
		}
		return nil
	case s.rival(known):
		return &TakenError{Module: s.claim.Module, Winner: known}
	default:
		return &OtherStoreError{Module: s.claim.Module, Known: known, StoreID: s.claim.StoreID}
	}
}

// forked reports whether the store got a mark that the one that was brought has not: it is a copy from before.
func (s *settling) forked(known Home) bool {
	return len(s.claim.Marks) > 0 && known.Boot != s.mine.Boot && !slices.Contains(s.claim.Marks, known.Mark)
}

// draw fills in what follows from what is remembered, which may grow while the claim waits. A store that is put in the place
// of another gets the time for an epoch, so that it wins against what others remember of whom this node knows nothing.
func (s *settling) draw(known Home, has bool) {
	switch {
	case has && known.StoreID == s.claim.StoreID:
		s.mine.Epoch, s.mine.Turn = known.Epoch, known.Turn+1
		if s.mine.Settled.IsZero() || known.Settled.Before(s.mine.Settled) {
			s.mine.Settled = known.Settled
		}
	case s.claim.NewStore:
		s.mine.Epoch, s.mine.Turn = max(known.Epoch+1, uint32(time.Now().Unix())), 0
	}
	if s.mine.Settled.IsZero() {
		s.mine.Settled = time.Now().UTC().Truncate(time.Microsecond)
	}
}

// delay is how long the claim must stand. Nobody else can claim where nobody is, nor the store that this node had before.
func (s *settling) delay(known Home, has bool) time.Duration {
	if s.c.roster.peers() == 0 || has && known.StoreID == s.claim.StoreID && known.Node == s.mine.Node {
		return 0
	}
	return echo
}

// pause waits for a change, at most d.
func (c *Cluster) pause(ctx context.Context, changed <-chan struct{}, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-c.done:
		return ErrStopped
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}
