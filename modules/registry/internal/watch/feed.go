package watch

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"holon/modules/registry"
)

// feed is what has happened since somebody began to watch, as bytes that go to all.
type feed struct {
	id string

	mu sync.Mutex
	// known is all there is, by service and id.
	known map[string]map[string]*registry.Instance
	// seq is the number of the last event, events the last ones, the event of number n at n modulo kept.
	seq    uint64
	events [kept][]byte
	// snapshot is all there was at an event.
	snapshot   []byte
	snapshotAt uint64
	// turned is closed at the next event; begun is false until the registry has answered.
	turned chan struct{}
	begun  bool
}

func newFeed(id string) *feed {
	return &feed{id: id, known: make(map[string]map[string]*registry.Instance), turned: make(chan struct{})}
}

// Snapshot is the first event of a watcher.
type Snapshot struct {
	Seq      uint64             `json:"seq"`
	Services []registry.Listing `json:"services"`
}

// Delta is what has changed. Sequence numbers have no gaps.
type Delta struct {
	Seq     uint64            `json:"seq"`
	Changes []registry.Change `json:"changes"`
}

// told takes what the follower has been told.
func (f *feed) told(changes []registry.Change, _ bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range changes {
		switch {
		case c.Instance == nil:
			delete(f.known[c.Service], c.ID)
			if len(f.known[c.Service]) == 0 {
				delete(f.known, c.Service)
			}
		case f.known[c.Service] == nil:
			f.known[c.Service] = map[string]*registry.Instance{c.ID: c.Instance}
		default:
			f.known[c.Service][c.ID] = c.Instance
		}
	}
	f.begun = true
	f.seq++
	f.events[f.seq%kept] = f.encode("change", f.seq, Delta{f.seq, changes})
	close(f.turned)
	f.turned = make(chan struct{})
}

// encode makes an event of the event-stream format. Its data is JSON in one line.
func (f *feed) encode(event string, seq uint64, data any) []byte {
	text, err := json.Marshal(data)
	if err != nil {
		panic(err) // there is nothing in it that JSON does not have
	}
	return fmt.Appendf(nil, "event: %s\nid: %s-%d\ndata: %s\n\n", event, f.id, seq, text)
}

// next returns what comes after a number, nil and a channel for nothing yet. Of 0, and of a number too long ago, that is all
// there is.
func (f *feed) next(after uint64) (event []byte, seq uint64, turned <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case !f.begun || after == f.seq && after > 0:
		return nil, after, f.turned
	case after > 0 && after < f.seq && f.seq-after < kept:
		return f.events[(after+1)%kept], after + 1, nil
	}
	if f.snapshot == nil || f.seq-f.snapshotAt > stale {
		f.snapshot, f.snapshotAt = f.encode("snapshot", f.seq, f.all()), f.seq
	}
	return f.snapshot, f.snapshotAt, nil
}

// all is what there is. The caller holds mu.
func (f *feed) all() Snapshot {
	s := Snapshot{Seq: f.seq, Services: []registry.Listing{}}
	for _, service := range slices.Sorted(maps.Keys(f.known)) {
		l := registry.Listing{Name: service}
		for _, i := range f.known[service] {
			l.Instances = append(l.Instances, *i)
		}
		slices.SortFunc(l.Instances, func(a, b registry.Instance) int { return strings.Compare(a.ID, b.ID) })
		s.Services = append(s.Services, l)
	}
	return s
}
