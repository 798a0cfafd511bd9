package eventstest

import (
	"encoding/json"
	"errors"
	"slices"
	"sync"

	"github.com/ThreeDotsLabs/watermill/message"

	"holon/transport/events"
	"holon/transport/status"
)

// fate is what happens to a hand-over.
type fate string

// Those before the line happen on the way, the others in the handler.
const (
	unreached fate = "not reached"
	ackLost   fate = "answer lost"
	doubled   fate = "handed over twice"

	refused fate = "refused"
	panics  fate = "panic"
	notNow  fate = "not now"
)

func anyFate() []fate { return []fate{unreached, ackLost, doubled, refused, panics, notNow} }

// fates say what happens to the hand-overs of each sale, one after the other. When a sale has none left all goes well.
type fates struct {
	mu   sync.Mutex
	left map[sale][]fate
}

func newFates() *fates { return &fates{left: make(map[sale][]fate)} }

func (f *fates) set(s sale, list []fate) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left[s] = list
}

// end has all go well from now on.
func (f *fates) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.left)
}

// next takes a sale's next fate if it is among those that can happen here.
func (f *fates) next(s sale, here ...fate) fate {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := f.left[s]
	if len(list) == 0 || !slices.Contains(here, list[0]) {
		return ""
	}
	f.left[s] = list[1:]
	return list[0]
}

// handle is a handler's part.
func (f *fates) handle(s sale) error {
	switch f.next(s, refused, panics, notNow) {
	case refused:
		return errors.New("refused by fate")
	case panics:
		panic("fate")
	case notNow:
		return status.New(status.Unavailable, "", "fate has it otherwise")
	default:
		return nil
	}
}

// fateful is the way on which fates happen.
type fateful struct {
	message.Publisher
	*fates
	judges bool
}

var errFate = errors.New("not by fate")

func (p fateful) Publish(topic string, messages ...*message.Message) error {
	errs := make([]error, len(messages))
	var handed, again []*message.Message
	var at, lost []int
	for i, m := range messages {
		var s sale
		if err := json.Unmarshal(m.Payload, &s); err != nil {
			return err
		}
		switch p.next(s, unreached, ackLost, doubled) {
		case unreached:
			errs[i] = errFate
			continue
		case ackLost:
			lost = append(lost, i)
		case doubled:
			again = append(again, m.Copy())
			again[len(again)-1].SetContext(m.Context())
		default: // the handler's fate, or none
		}
		handed, at = append(handed, m), append(at, i)
	}
	if len(handed) == 0 {
		return errFate
	}
	var other sync.WaitGroup
	other.Go(func() { _ = p.Publisher.Publish(topic, again...) })
	err := p.Publisher.Publish(topic, handed...)
	other.Wait()
	partial, known := errors.AsType[*events.PartialError](err)
	if err != nil && !known {
		return err
	}
	for n, i := range at {
		if known {
			errs[i] = partial.Errs[n]
		}
	}
	for _, i := range lost {
		errs[i] = errFate
	}
	switch failed := slices.ContainsFunc(errs, func(err error) bool { return err != nil }); {
	case !failed:
		return nil
	case !p.judges:
		return errFate
	default:
		return &events.PartialError{Errs: errs}
	}
}
