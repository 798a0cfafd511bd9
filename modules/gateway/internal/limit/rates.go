package limit

import (
	"hash/maphash"
	"time"
)

const (
	// DefaultKeys is how many keys a table holds where nothing else is said: 3.2 MB.
	DefaultKeys = 100_000
	// MinKeys is the least a table holds, one set in every shard.
	MinKeys = shards * ways
)

// Rates limits how often each key comes, under any number of policies. It is a table of fixed size, 32 bytes a key,
// whatever the keys are. It is safe for concurrent use and starts nothing.
//
// # What the bound costs
//
// When more keys are busy than the table holds, a new key takes the place of the one in its set that has used the least
// part of its burst. A flood of new keys therefore displaces itself: each has used one request, and goes before any key
// that is near its limit or over it. To make the table forget a key that is over its limit somebody must bring fifteen
// others of its set, that is nearly all of the table, as far as that. What it then gets is one more burst. The price: a
// key that comes seldom enough to be forgotten in between is not limited during a flood, by as much as it is forgotten.
// Counts.Forgotten tells how often that was.
type Rates struct {
	seed   maphash.Seed
	start  time.Time
	shards [shards]shard
}

// NewRates returns a table for so many keys, rounded down to a multiple of MinKeys and at least that. A key under two
// policies counts as two. The memory is had at once.
func NewRates(keys int) *Rates {
	r := &Rates{seed: maphash.MakeSeed(), start: time.Now()}
	each := max(keys, MinKeys) / MinKeys * ways
	places := make([]bucket, shards*each) // in one piece: pieces would be rounded up
	for i := range r.shards {
		r.shards[i].places = places[i*each : (i+1)*each : (i+1)*each]
	}
	return r
}

// Take counts a request of the key under the policy, and says whether it may be made; one that may not costs nothing.
// Share is the number of gateways that are alive, each of which allows its part of Requests and Burst, at least one of
// each. The price of not asking each other: a key that comes to one of them alone has that one's part, not the whole.
// Policy and share are those of this call, so that a change of either takes effect with it.
//
// Who takes under several policies takes under the strictest first: what an earlier one has counted stays counted when a
// later one refuses.
func (r *Rates) Take(p Policy, k Key, share int, now time.Time) Verdict {
	t := p.terms(share)
	hash := k.hash(r.seed, p.Name)
	at := int64(now.Sub(r.start))
	s := &r.shards[hash>>58]
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.find(hash, at).take(at, t)
	if v.Allowed {
		s.counts.Allowed++
	} else {
		s.counts.Refused++
	}
	return v
}

// Counts are what a table has done since it was made.
type Counts struct {
	// Keys are the places that are taken, Capacity those there are.
	Keys, Capacity int
	// Allowed and Refused are verdicts.
	Allowed, Refused uint64
	// Forgotten are keys that were evicted before their bucket was full again. When it grows there are more busy keys
	// than places.
	Forgotten uint64
}

// Counts adds up the shards, one after the other: at one moment it need not be exact.
func (r *Rates) Counts() Counts {
	var all Counts
	for i := range r.shards {
		s := &r.shards[i]
		s.mu.Lock()
		all.Keys += s.counts.Keys
		all.Capacity += len(s.places)
		all.Allowed += s.counts.Allowed
		all.Refused += s.counts.Refused
		all.Forgotten += s.counts.Forgotten
		s.mu.Unlock()
	}
	return all
}
