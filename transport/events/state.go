package events

import (
	"maps"
	"slices"
	"time"
)

// LineState says whether a subscriber gets what a module announces, and if not, why.
type LineState struct {
	Module     string `json:"module"`
	Subscriber string `json:"subscriber"`
	// Resting says that events wait because the subscriber's side, or the module's own store, can take nothing just now.
	Resting bool `json:"resting"`
	// Since is when that began, Reason what it said last, Until when it is tried next, zero for every second.
	Since  time.Time `json:"since,omitzero"`
	Reason string    `json:"reason,omitempty"`
	Until  time.Time `json:"until,omitzero"`
}

// Lines tells of every subscriber of the module's topics, sorted by name.
func (o *Outbox) Lines() []LineState {
	out := make([]LineState, 0, len(o.lines))
	for _, name := range slices.Sorted(maps.Keys(o.lines)) {
		out = append(out, o.lines[name].state())
	}
	return out
}

// Lines tells of every subscriber of every module on this node.
func (o *Office) Lines() []LineState {
	var out []LineState
	for _, box := range o.outboxes {
		out = append(out, box.Lines()...)
	}
	return out
}

// ClockJump returns the jump of this node's clock that nothing goes by yet, the zero value for none.
func (o *Office) ClockJump() ClockJump {
	if len(o.outboxes) == 0 {
		return ClockJump{}
	}
	return o.outboxes[0].clock.Jump()
}

func (l *line) state() LineState {
	s := LineState{Module: l.outbox.module, Subscriber: l.name}
	if since, err := l.outbox.marks.unwritten.last(); err != nil && l.outbox.marks.wait() > 0 {
		s.Resting, s.Since, s.Reason = true, since, brief("deliveries not marked: "+err.Error(), maxWhy)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range []*rest{&l.reads, &l.rest} {
		if r.on() {
			s.Resting, s.Since, s.Reason, s.Until = true, r.since, r.why, r.until
		}
	}
	return s
}
