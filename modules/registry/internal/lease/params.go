package lease

import (
	"time"

	"holon/modules/registry"
)

// Params are what a Table needs. What is zero has the default that is named.
type Params struct {
	// Node is the writer's name in the stamps of this table. A name that comes back after all was forgotten writes the same
	// stamps again, so it should be one of the process and not only of the machine.
	Node string
	// Now is the clock, time.Now where nil. Only what passes between two readings counts.
	Now func() time.Time
	// Max is how many leases there may be for another to be taken; 65,536.
	Max int
	// Window is how long the guard remembers what ended, and how long things must look well for it to let go; 10 s.
	Window time.Duration
	// GuardMin is how many leases must be silent for the guard to hold; 10. A handful of dead instances is no catastrophe.
	GuardMin int
	// Changed is called whenever what people see of a lease has changed: it is new, has other content or another health, is
	// overdue or no longer, or is gone (nil). A heartbeat is no change. It is called under the table's lock, so that of each
	// key the last call says how it is: it must not block and not call the table. It may be nil.
	Changed func(key Key, now *State)
	// Told is called when the guard begins to hold and when it ends, as Changed is. It may be nil.
	Told func(GuardState)
	// Ended is called with the leases that have ended because nobody renewed them, as Changed is. It may be nil.
	Ended func([]Key)
}

const (
	defaultMax      = 65_536
	defaultWindow   = 10 * time.Second
	defaultGuardMin = 10
	// keptOn is how much longer than a lease a goodbye lasts: time for a copy to be on its way.
	keptOn = time.Minute
	// hop is what is taken off what a lease has left when it is told by a node that was told itself.
	hop = time.Second
	// longest is the most that anything lasts.
	longest = registry.MaxTTL*time.Second + keptOn
	// maxCount is the highest count taken from others: one that a fault made greater must not keep all others from
	// ever being right.
	maxCount = 1 << 62
)

// defaults fills in what is zero.
func (p Params) defaults() Params {
	if p.Now == nil {
		p.Now = time.Now
	}
	if p.Max == 0 {
		p.Max = defaultMax
	}
	if p.Window == 0 {
		p.Window = defaultWindow
	}
	if p.GuardMin == 0 {
		p.GuardMin = defaultGuardMin
	}
	if p.Changed == nil {
		p.Changed = func(Key, *State) {}
	}
	if p.Told == nil {
		p.Told = func(GuardState) {}
	}
	if p.Ended == nil {
		p.Ended = func([]Key) {}
	}
	return p
}
