package lease

import (
	"strings"
	"time"

	"holon/modules/registry"
)

// maxReason bounds the reason of a health, in bytes.
const maxReason = 256

// SetHealth takes what a check of this node found of the registration with that stamp, and reports whether it is news. It
// is not where that registration has been replaced meanwhile, is gone or has no check, nor where the status and the reason
// are what is known already: then Since stays too.
func (t *Table) SetHealth(k Key, of registry.Stamp, h registry.Health) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.find(k)
	if l == nil || l.stamp != of || l.registration.Check == (registry.Check{}) || !known(h) {
		return false
	}
	h = shorten(h)
	if h.Status == l.health.Status && h.Reason == l.health.Reason {
		return false
	}
	l.health, l.checked = h, registry.Stamp{Count: l.checked.Count + 1, Node: t.params.Node}
	t.tell(l, t.now())
	t.note(l, record)
	return true
}

// unchecked is the health of what was registered then.
func unchecked(r *registry.Registration, since time.Time) registry.Health {
	reason := "not checked yet"
	if r.Check == (registry.Check{}) {
		reason = "has no check"
	}
	return registry.Health{Status: registry.Unknown, Reason: reason, Since: since}
}

func known(h registry.Health) bool {
	return h.Status == registry.Passing || h.Status == registry.Failing || h.Status == registry.Unknown
}

// shorten bounds what is said, and makes a time of the wire one of this house.
func shorten(h registry.Health) registry.Health {
	h.Reason = strings.ToValidUTF8(h.Reason[:min(len(h.Reason), maxReason)], "")
	h.Since = moment(h.Since)
	return h
}

// moment returns a time that can be told: in UTC, without what only this process knows of it, and none that JSON does not
// have.
func moment(at time.Time) time.Time {
	at = at.UTC().Round(0)
	if at.Year() < 1 || at.Year() > 9999 {
		return time.Time{}
	}
	return at
}
