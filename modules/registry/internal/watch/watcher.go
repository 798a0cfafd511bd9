package watch

import (
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
)

// beat is how often a watcher hears something, also where nothing changes: proxies cut silent connections.
const beat = 15 * time.Second

// Watcher is one who watches. It belongs to one goroutine.
type Watcher struct {
	hub  *Hub
	feed *feed
	seq  uint64
	left sync.Once
}

// Resume goes on behind an event, by its id, where that is of this feed and not too long ago.
func (w *Watcher) Resume(id string) {
	number, ours := strings.CutPrefix(id, w.feed.id+"-")
	seq, err := strconv.ParseUint(number, 10, 64)
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	if ours && err == nil && seq <= w.feed.seq {
		w.seq = seq
	}
}

// Stream is where events go.
type Stream interface {
	io.Writer
	// Wait returns an error when the stream is to end.
	Wait(news <-chan struct{}, d time.Duration) error
}

// Serve writes events until the stream ends.
func (w *Watcher) Serve(s Stream) error {
	if _, err := io.WriteString(s, "retry: 1000\n\n"); err != nil {
		return err
	}
	last := time.Now()
	for {
		event, seq, turned := w.feed.next(w.seq)
		if event == nil {
			if err := s.Wait(turned, beat); err != nil {
				return err
			}
			if time.Since(last) < beat {
				continue
			}
			event = []byte(": still here\n\n")
		}
		w.seq = seq
		if _, err := s.Write(event); err != nil {
			return err
		}
		last = time.Now()
	}
}

// Leave ends it.
func (w *Watcher) Leave() { w.left.Do(w.hub.leave) }
