package proxy

import (
	"bytes"
	"io"
	"net/http"
	"sync/atomic"
)

const (
	// keptBody is the largest body, in bytes, that is kept so that it can be sent twice.
	keptBody = 64 << 10
	// keptBodies bounds all that are kept at one time, in bytes.
	keptBodies = 64 << 20
)

// clientError is what went wrong with what the client sends.
type clientError struct{ err error }

func (e *clientError) Error() string { return e.err.Error() }
func (e *clientError) Unwrap() error { return e.err }

// sending is a request's body on its way. One that is kept can be sent twice; of another it is known whether any was taken.
type sending struct {
	from  io.ReadCloser
	kept  []byte
	keeps bool
	taken atomic.Bool
	// clock is the upstream's, which stands still while the client is waited for.
	clock *clock
	pool  *atomic.Int64
	// room is what the body has of the pool.
	room int64
}

// take prepares a body for the way, nil for none. It waits for one that is short, unless the route streams; of one whose
// length is not known it waits for so much.
func take(r *http.Request, pool *atomic.Int64, streams bool) (*sending, error) {
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return nil, nil
	}
	s := &sending{from: r.Body, pool: pool}
	if streams || r.ContentLength > keptBody {
		return s, nil
	}
	s.room = r.ContentLength
	if s.room < 0 {
		s.room = keptBody
	}
	if pool.Add(s.room) > keptBodies {
		s.free()
		return s, nil
	}
	var kept bytes.Buffer
	if r.ContentLength > 0 {
		kept.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	switch _, err := io.Copy(&kept, io.LimitReader(r.Body, keptBody+1)); {
	case err != nil:
		s.free()
		return nil, &clientError{err}
	case kept.Len() > keptBody: // there is more
		s.from = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(&kept, r.Body), r.Body}
	default:
		s.keeps, s.kept = true, kept.Bytes()
	}
	return s, nil
}

// free gives the room of a body back.
func (s *sending) free() {
	if s != nil {
		s.pool.Add(-s.room)
		s.room = 0
	}
}

// lost reports whether the body cannot be sent once more.
func (s *sending) lost() bool { return !s.keeps && s.taken.Load() }

// putInto gives the body to one attempt. The transport closes what it is given; the client's own stays open. Of one that is
// kept it may take another copy, where a connection turned out to be closed.
func (s *sending) putInto(req *http.Request) {
	if !s.keeps {
		req.Body = passing{s}
		return
	}
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(s.kept)), nil }
	req.Body, _ = req.GetBody() // it does not fail
}

// passing hands a body through.
type passing struct{ *sending }

func (p passing) Read(b []byte) (int, error) {
	p.taken.Store(true)
	p.clock.pause()
	n, err := p.from.Read(b)
	p.clock.resume()
	if err != nil && err != io.EOF {
		err = &clientError{err}
	}
	return n, err
}

func (p passing) Close() error { return nil }
