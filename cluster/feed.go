package cluster

import "sync"

// feed holds the present view and hands each new one to whoever watches. A watcher's channel holds one view, the newest:
// who is slow misses those in between and holds up nobody.
type feed struct {
	mu       sync.Mutex
	current  *View
	watchers map[chan *View]struct{}
	closed   bool
}

func newFeed(first *View) *feed {
	return &feed{current: first, watchers: make(map[chan *View]struct{})}
}

func (f *feed) view() *View {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.current
}

// publish makes v the present view unless it says the same as the one before. It reports whether it did.
func (f *feed) publish(v *View) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || v.same(f.current) {
		return false
	}
	v.Version = f.current.Version + 1
	f.current = v
	for ch := range f.watchers {
		select {
		case <-ch:
		default:
		}
		ch <- v // only publish sends, and the place is free
	}
	return true
}

func (f *feed) watch() (<-chan *View, func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch := make(chan *View, 1)
	ch <- f.current
	if f.closed {
		close(ch)
		return ch, func() {}
	}
	f.watchers[ch] = struct{}{}
	return ch, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if _, ok := f.watchers[ch]; ok {
			delete(f.watchers, ch)
			close(ch)
		}
	}
}

// close ends all channels. The last view stays readable.
func (f *feed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for ch := range f.watchers {
		delete(f.watchers, ch)
		close(ch)
	}
}
