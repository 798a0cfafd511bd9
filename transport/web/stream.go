package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Stream is an answer without an end in sight. It ends when its client goes or the server wants to.
type Stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
	gone    <-chan struct{}
	leaving <-chan struct{}
}

// streamWrite is how long a client may take to read a piece. Who is slower is cut off, and comes back.
const streamWrite = 10 * time.Second

// ErrStreamOver says that a stream has ended.
var ErrStreamOver = errors.New("the stream is over")

// Write sends a piece at once.
func (s *Stream) Write(p []byte) (int, error) {
	_ = s.control.SetWriteDeadline(time.Now().Add(streamWrite)) // a test's recorder knows no deadlines
	n, err := s.w.Write(p)
	if err == nil {
		err = s.control.Flush()
	}
	return n, err
}

// Wait returns nil when there is news, ErrStreamOver when the stream is to end, and after d in any case.
func (s *Stream) Wait(news <-chan struct{}, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-s.gone:
		return ErrStreamOver
	case <-s.leaving:
		return ErrStreamOver
	case <-news:
	case <-timer.C:
	}
	return nil
}

// AddStream puts a route on the API whose answer is a stream of the given media type. fn says what writes it, or returns an
// error of the closed set, in the route's time. What streams then has no deadline and takes nobody's place.
func AddStream[In any](a *API, r Route, mediaType string, fn func(context.Context, *In) (func(*Stream), error)) {
	r.streams = true
	timeout := r.Timeout
	if timeout == 0 {
		timeout = a.limits.RequestTimeout
	}
	Add(a, r, func(ctx context.Context, in *In) (*huma.StreamResponse, error) {
		bounded, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		serve, err := fn(bounded, in)
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(c huma.Context) {
			req, w := humago.Unwrap(c)
			s := &Stream{w: w, control: http.NewResponseController(w), gone: req.Context().Done(), leaving: leaving(req.Context())}
			w.Header().Set("Content-Type", mediaType)
			w.Header().Set("Cache-Control", "no-store")
			serve(s)
		}}, nil
	})
}

// leaving is closed when the request's server wants to be rid of its clients. It is nil outside of a Server.
func leaving(ctx context.Context) <-chan struct{} {
	c, ok := ctx.Value(connKey{}).(*conn)
	if !ok {
		return nil
	}
	return c.server.leaving.Done()
}
