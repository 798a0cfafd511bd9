package lease

import (
	"strconv"

	"holon/modules/registry"
	"holon/transport/status"
)

// Beat renews a lease. NotFound "unknown_lease" says that there is none, or none of that revision, "" being any: it ended,
// somebody said goodbye, or this node has not heard of it. The instance then has to register again.
func (t *Table) Beat(service, id, revision string) (registry.Lease, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.find(Key{service, id})
	if l == nil || revision != "" && !l.is(revision) {
		return registry.Lease{}, status.New(status.NotFound, "unknown_lease", "no such lease of %.64q is known here", service).
			With(status.DetailHint, "register again, with all that there is to say")
	}
	t.renew(l, t.now())
	return l.lease(), nil
}

func (l *lease) is(revision string) bool {
	n, err := strconv.ParseUint(revision, 16, 64)
	return err == nil && len(revision) == 16 && n == l.revision
}

// Drop ends a lease, and reports whether there was one. A goodbye stays for as long as another node could have a copy. One
// that only others know of is theirs to end.
func (t *Table) Drop(service, id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.find(Key{service, id})
	if l == nil {
		return false
	}
	now := t.now()
	mark := &lease{key: l.key, stamp: t.stamp(l.key), deadline: now + l.ttl() + keptOn, heard: true}
	t.set(l, mark, now)
	t.note(mark, record)
	return true
}
