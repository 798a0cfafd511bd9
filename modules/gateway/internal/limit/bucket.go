package limit

import (
	"math/bits"
	"time"
)

// bucket is the state of one key under one policy: 32 bytes without a pointer.
//
// It is the generic cell rate algorithm (GCRA, ITU-T I.371 annex A, "virtual scheduling"), a token bucket of which only a
// time is kept, so that nothing ever has to be refilled: here the time at which it was empty, there the theoretical
// arrival time, which is later by a full bucket. What it holds is what has run in since, and no more than a full one.
type bucket struct {
	// hash is the key's, 0 for a place that is free.
	hash uint64
	// empty is in nanoseconds of the table's clock; each and burst are the terms under which it was written.
	empty, each, burst int64
}

// newBucket is one that is full, whatever the terms.
func newBucket(hash uint64, now int64) bucket {
	return bucket{hash: hash, empty: now - int64(MaxRefill), each: 1, burst: 1}
}

// held is the time that the bucket holds, each of which is a request. Under other terms than its own it holds as many
// requests as it did, up to a full bucket: a change gives nobody anything but another rate. A clock that went back
// leaves it empty at worst.
func (b *bucket) held(now int64, t terms) int64 {
	h := max(now-b.empty, 0)
	if b.each != t.each {
		if h/b.each >= t.burst {
			return t.room
		}
		hi, lo := bits.Mul64(uint64(h), uint64(t.each))
		q, _ := bits.Div64(hi, lo, uint64(b.each)) // no overflow: it is less than t.room
		h = int64(q)
	}
	return min(h, t.room)
}

// take counts a request, if there is one left.
func (b *bucket) take(now int64, t terms) Verdict {
	h := b.held(now, t)
	v := Verdict{Allowed: h >= t.each, Limit: int(t.burst)}
	if v.Allowed {
		h -= t.each
	} else {
		v.RetryAfter = time.Duration(t.each - h)
	}
	b.empty, b.each, b.burst = now-h, t.each, t.burst
	v.Remaining = int(h / t.each)
	v.Reset = time.Duration(t.room - h)
	return v
}

// used is the part of a full bucket that is missing, from 0 to 1.
func (b *bucket) used(now int64) float64 {
	room := b.each * b.burst
	return 1 - float64(min(max(now-b.empty, 0), room))/float64(room)
}
