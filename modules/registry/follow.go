package registry

import (
	"context"
	"errors"
	"reflect"
	"time"
)

// Follower keeps a copy of a registry's catalogue by asking for changes. While no registry node answers it knows what it knew
// last. It belongs to one goroutine.
type Follower struct {
	// Service is asked.
	Service Service
	// Told gets changes in their order, each instance once and none that is as it was. First says that they are all there is, for
	// somebody who knew nothing.
	Told func(changes []Change, first bool)
	// Failed is told why nobody answered, each time; it may be nil.
	Failed func(error)

	known map[name]*Instance
	// at is the mark of the last reply, node who gave it, "" for nobody in particular.
	at    ChangesRequest
	node  string
	first bool
	// unsure says that there may be less than is known: the node that told had been started a short while before.
	unsure bool
}

type name struct{ service, id string }

const (
	followWait  = 15 * time.Second
	followGrace = 5 * time.Second
	retrySoon   = 200 * time.Millisecond
	retryLate   = 2 * time.Second
)

// Run follows until ctx ends.
func (f *Follower) Run(ctx context.Context) {
	f.known, f.first = make(map[name]*Instance), true
	rest := retrySoon
	for ctx.Err() == nil {
		if err := f.step(ctx); err == nil {
			rest = retrySoon
			continue
		} else if f.Failed != nil && ctx.Err() == nil {
			f.Failed(err)
		}
		f.node = "" // another one may know
		select {
		case <-ctx.Done():
		case <-time.After(rest):
		}
		rest = min(2*rest, retryLate)
	}
}

// step makes one call, or as many as a snapshot has parts.
func (f *Follower) step(ctx context.Context) error {
	reply, err := f.ask(ctx, f.at)
	if err != nil {
		return err
	}
	changes, snapshot, boot := reply.Changes, reply.Snapshot, reply.Boot
	for reply.More {
		if reply, err = f.ask(ctx, ChangesRequest{Boot: boot, Seq: reply.Seq}); err != nil {
			return err
		}
		if reply.Snapshot || reply.Boot != boot {
			f.at = ChangesRequest{}
			return errMoved
		}
		changes = append(changes, reply.Changes...)
	}
	f.at = ChangesRequest{Boot: reply.Boot, Seq: reply.Seq}
	if snapshot {
		changes = f.replace(changes, reply.Learning)
		f.unsure = reply.Learning
	} else if f.unsure && !reply.Learning {
		f.at = ChangesRequest{}
	}
	f.tell(changes)
	return nil
}

// errMoved says that another node, or another run of it, answered in the middle of a snapshot.
var errMoved = errors.New("another registry node answered in the middle of a snapshot")

// ask calls the node that knows the mark, or any.
func (f *Follower) ask(ctx context.Context, r ChangesRequest) (reply ChangesReply, err error) {
	r.Wait = int(followWait / time.Millisecond)
	if f.unsure {
		r.Wait = int(retryLate / time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(ctx, followWait+followGrace)
	defer cancel()
	if f.node == "" {
		reply, err = f.Service.Changes(ctx, r)
	} else {
		reply, err = f.Service.ChangesAt(ctx, f.node, r)
	}
	if err == nil {
		f.node = reply.Node
	}
	return reply, err
}

// replace turns a snapshot into changes of what is known. What a learning node does not tell of stays.
func (f *Follower) replace(all []Change, learning bool) (changes []Change) {
	there := make(map[name]bool, len(all))
	for _, c := range all {
		there[name{c.Service, c.ID}] = true
	}
	if !learning {
		for n := range f.known {
			if !there[n] {
				changes = append(changes, Change{Service: n.service, ID: n.id})
			}
		}
	}
	return append(changes, all...)
}

// tell passes on what is news: of an instance that is there twice, the later; nothing of one that is as it was. Another node's
// snapshot is mostly what is known already, and would otherwise go to everybody who watches.
func (f *Follower) tell(changes []Change) {
	last := make(map[name]int, len(changes))
	for i, c := range changes {
		last[name{c.Service, c.ID}] = i
	}
	var news []Change
	for i, c := range changes {
		n := name{c.Service, c.ID}
		was, known := f.known[n]
		switch {
		case last[n] != i || c.Instance == nil && !known || c.Instance != nil && known && reflect.DeepEqual(was, c.Instance):
			continue
		case c.Instance == nil:
			delete(f.known, n)
		default:
			f.known[n] = c.Instance
		}
		news = append(news, c)
	}
	if len(news) > 0 || f.first {
		f.Told(news, f.first)
		f.first = false
	}
}
