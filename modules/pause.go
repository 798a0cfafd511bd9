package modules

import (
	"errors"
	"sync/atomic"

	"github.com/ThreeDotsLabs/watermill/message"

	"holon/transport/events"
)

// errDraining is why a node that drains hands nothing over: another may take its place any moment.
var errDraining = errors.New("this node is draining and hands no events over (holon undrain)")

// gate is the way of events to their subscribers, which can be closed for a while. Behind a closed one deliveries wait as if
// their subscriber were away: in order, with no attempt counted, and the reason for all to see. All else that outboxes do,
// such as watching the disk, goes on.
type gate struct {
	message.Publisher
	closed atomic.Bool
}

func newGate(d *events.Direct) *gate { return &gate{Publisher: d} }

func (g *gate) Publish(topic string, messages ...*message.Message) error {
	if g.closed.Load() {
		return errDraining
	}
	return g.Publisher.Publish(topic, messages...)
}

// PauseRelays hands no more events over until ResumeRelays. What is under way is finished.
func (h *Host) PauseRelays() { h.gate.closed.Store(true) }

// ResumeRelays hands over again, at once.
func (h *Host) ResumeRelays() {
	h.gate.closed.Store(false)
	for _, m := range h.all {
		h.office.Wake(m)
	}
}
