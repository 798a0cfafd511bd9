package lease

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"time"

	"holon/modules/registry"
	"holon/transport/status"
)

// Put registers an instance, or renews its lease where this is what is registered already. Its errors are those of Validate,
// and Unavailable "too_many_leases" for one too many: nobody's share is used up, there is no room.
func (t *Table) Put(service, id string, r registry.Registration) (registry.Lease, error) {
	r, err := Validate(service, id, r)
	if err != nil {
		return registry.Lease{}, err
	}
	k, revision := Key{service, id}, revisionOf(&r)
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	was := t.leases[k]
	created := was == nil || was.gone()
	if !created && was.revision == revision {
		t.renew(was, now)
		return was.lease(), nil
	}
	// Goodbyes count too: who registers and leaves again and again would fill the memory with them.
	if created && t.live >= t.params.Max || was == nil && len(t.leases) >= 2*t.params.Max {
		return registry.Lease{}, status.New(status.Unavailable, "too_many_leases", "there are %d leases, and no room for another", t.live).
			With(status.DetailRetryAfter, "30")
	}
	l := &lease{
		key: k, stamp: t.stamp(k), registration: &r, revision: revision, since: t.params.Now().UTC().Round(0),
		deadline: now + time.Duration(r.TTL)*time.Second, heard: true,
	}
	l.health = unchecked(&r, l.since)
	t.set(was, l, now)
	t.note(l, record)
	told := l.lease()
	told.Created = created
	return told, nil
}

// stamp returns one for what is written of a key now, greater than any known of it. The caller holds mu.
func (t *Table) stamp(k Key) registry.Stamp {
	count := t.past[k].count
	if l := t.leases[k]; l != nil {
		count = max(count, l.stamp.Count)
	}
	return registry.Stamp{Count: count + 1, Node: t.params.Node}
}

// renew is a heartbeat. The caller holds mu.
func (t *Table) renew(l *lease, now time.Duration) {
	t.extend(l, now+l.ttl(), true, now)
	t.note(l, pulse)
}

func (l *lease) lease() registry.Lease {
	ttl := l.registration.TTL
	return registry.Lease{Revision: fmt.Sprintf("%016x", l.revision), TTL: ttl, Beat: max(ttl/3, 1)}
}

// revisionOf is a hash of a registration that Validate returned. Its JSON is the same on every node: fields are in the
// order of the contract, keys of maps sorted, and what a version does not know is left out.
func revisionOf(r *registry.Registration) uint64 {
	text, err := json.Marshal(r)
	if err != nil {
		return 0 // never: there is nothing in it that could not be written
	}
	sum := sha256.Sum256(text)
	return binary.BigEndian.Uint64(sum[:])
}
