package cluster

import (
	"slices"
	"sync"

	"github.com/go-kit/kit/sd"
)

// instancer gives go-kit the instances of one module. Each channel has a goroutine of its own that offers the newest
// event only, so a subscriber that does not read holds up nobody, and none is sent to after Deregister has returned.
type instancer struct {
	module string
	feed   *feed

	mu  sync.Mutex
	out map[chan<- sd.Event]*subscriber
}

type subscriber struct{ stop, gone chan struct{} }

func newInstancer(module string, f *feed) *instancer {
	return &instancer{module: module, feed: f, out: make(map[chan<- sd.Event]*subscriber)}
}

// Register sends the present instances to ch, and then each change, until Deregister or the end of the cluster.
func (i *instancer) Register(ch chan<- sd.Event) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.out[ch] != nil {
		return
	}
	s := &subscriber{stop: make(chan struct{}), gone: make(chan struct{})}
	i.out[ch] = s
	views, cancel := i.feed.watch()
	go func() {
		defer close(s.gone)
		defer cancel()
		i.serve(views, ch, s.stop)
	}()
}

// Deregister returns when nothing more will be sent to ch, which may then be closed.
func (i *instancer) Deregister(ch chan<- sd.Event) {
	i.mu.Lock()
	s := i.out[ch]
	delete(i.out, ch)
	i.mu.Unlock()
	if s != nil {
		close(s.stop)
		<-s.gone
	}
}

// wait returns when no goroutine is left, once the feed is closed.
func (i *instancer) wait() {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, s := range i.out {
		<-s.gone
	}
}

// Stop does nothing: instancers end with their cluster.
func (i *instancer) Stop() {}

func (i *instancer) serve(views <-chan *View, ch chan<- sd.Event, stop <-chan struct{}) {
	var sent []string
	first := true
	var offer []string
	var out chan<- sd.Event // nil while there is nothing to say
	for {
		select {
		case v, ok := <-views:
			if !ok {
				return
			}
			offer, out = i.strings(v), ch
			if !first && slices.Equal(offer, sent) {
				out = nil
			}
		case out <- sd.Event{Instances: slices.Clone(offer)}:
			sent, first, out = offer, false, nil
		case <-stop:
			return
		}
	}
}

func (i *instancer) strings(v *View) []string {
	found := v.Instances(i.module)
	out := make([]string, len(found))
	for n, instance := range found {
		out[n] = instance.String()
	}
	return out
}

var _ sd.Instancer = (*instancer)(nil)
