package balance

import (
	"errors"
	"io"
	"sync"

	"github.com/go-kit/kit/sd"
)

// Follow keeps the set as the instancer tells it, until stop is called, which returns when nothing runs any more. While
// the instancer has nothing but an error to tell, the set stays: what was known last may still be there. tell is given
// what could not be used; it may be nil. Connections to instances that went are closed in the background.
func (s *Set) Follow(i sd.Instancer, tell func(error)) (stop func()) {
	events := make(chan sd.Event, 1)
	over := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		var closing sync.WaitGroup
		defer closing.Wait()
		for {
			select {
			case e := <-events:
				s.take(e, &closing, tell)
			case <-over:
				s.close(&closing, s.drop(), tell)
				return
			}
		}
	})
	i.Register(events)
	return func() {
		i.Deregister(events)
		close(over)
		running.Wait()
	}
}

func (s *Set) take(e sd.Event, closing *sync.WaitGroup, tell func(error)) {
	if e.Err != nil {
		report(tell, e.Err)
		return
	}
	gone, bad := s.Update(e.Instances)
	for _, err := range bad {
		report(tell, err)
	}
	s.close(closing, gone, tell)
}

// drop empties the set.
func (s *Set) drop() []io.Closer {
	gone, _ := s.Update(nil)
	return gone
}

func (s *Set) close(closing *sync.WaitGroup, gone []io.Closer, tell func(error)) {
	for _, c := range gone {
		closing.Go(func() { report(tell, c.Close()) })
	}
}

func report(tell func(error), err error) {
	if err != nil && tell != nil && !errors.Is(err, io.EOF) {
		tell(err)
	}
}
