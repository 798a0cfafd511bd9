package events

import (
	"strings"
	"time"
)

// Wake has events for a module's subscribers handed over at once where they wait because it could not be reached: somebody
// has seen it come.
func (o *Office) Wake(module string) {
	for _, box := range o.outboxes {
		for name, l := range box.lines {
			if of, _, _ := strings.Cut(name, "."); of == module {
				l.hurry()
			}
		}
	}
}

// hurry ends the pause of a line that rests.
func (l *line) hurry() {
	l.mu.Lock()
	resting := l.rest.on()
	if resting {
		l.rest.until = time.Time{}
		l.lanes.hurry()
	}
	l.mu.Unlock()
	if resting {
		l.nudge()
	}
}
