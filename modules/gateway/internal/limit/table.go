package limit

import (
	"math/bits"
	"sync"
)

const (
	shards = 64
	// ways are the places a key has to choose from. Sixteen lie in eight cache lines and overflow seldom: of a table that
	// is 60 % full about one set in fifty.
	ways = 16
)

// shard is a part of the table under a lock of its own: sets of ways places each. A key has one set, and is in any of its
// places. That is the layout of a processor's cache: all memory is had at once, none is ever moved, no collector
// looks at it, and whoever is to be evicted is among sixteen neighbours.
type shard struct {
	mu     sync.Mutex
	places []bucket
	counts Counts
	_      [64]byte // keeps the lock of the next shard in another cache line
}

// set returns the places of a hash. The upper six bits have chosen the shard, the others spread evenly over the sets
// (Lemire, Fast Random Integer Generation in an Interval, 2019).
func (s *shard) set(hash uint64) []bucket {
	sets := uint64(len(s.places) / ways)
	at, _ := bits.Mul64(hash<<6, sets)
	return s.places[at*ways : at*ways+ways : at*ways+ways]
}

// find returns the bucket of a hash, a full one where it is new. The caller holds mu.
//
// A new key in a set without a free place takes that of the fullest bucket. One that is full again says no more than
// none would. If there is none, what is forgotten is the least that any of the sixteen keys has used of its burst.
func (s *shard) find(hash uint64, now int64) *bucket {
	set := s.set(hash)
	var free *bucket
	for i := range set {
		switch set[i].hash {
		case hash:
			return &set[i]
		case 0:
			free = &set[i]
		}
	}
	if free == nil {
		free = s.evict(set, now)
	} else {
		s.counts.Keys++
	}
	*free = newBucket(hash, now)
	return free
}

// evict chooses the place to take. The caller holds mu.
func (s *shard) evict(set []bucket, now int64) *bucket {
	victim, least := &set[0], set[0].used(now)
	for i := range set[1:] {
		if u := set[1+i].used(now); u < least {
			victim, least = &set[1+i], u
		}
	}
	if least > 0 {
		s.counts.Forgotten++
	}
	return victim
}
