package proxy

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// lent is a request's body in the hands of a handler of this process, which may still read when nobody waits for it any more.
type lent struct {
	from io.Reader
	// broken is told, once, when the body cannot be read to its end: the gateway answers then. Before its reader knows of it,
	// stop has been called, so that the reader's answer is not the one.
	broken chan error
	stop   func()

	mu   sync.Mutex
	left bool
}

func (l *lent) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left {
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := l.from.Read(p)
	if errors.Is(err, http.ErrBodyReadAfterClose) {
		return n, http.ErrBodyReadAfterClose // net/http has taken the rest away, because the answer has begun
	}
	if err != nil && err != io.EOF {
		l.stop()
		select {
		case l.broken <- err:
		default:
		}
		err = io.ErrUnexpectedEOF // as a handler on another node sees it
	}
	return n, err
}

// Close leaves the client's body open: the server sees to the rest of it.
func (l *lent) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = true
	return nil
}

// leave takes the body back, whatever its reader waits for.
func (l *lent) leave(control *http.ResponseController) {
	if l.from == nil {
		return
	}
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for !l.mu.TryLock() {
		_ = control.SetReadDeadline(time.Now()) // a test's recorder knows no deadlines
		<-look.C
	}
	l.left = true
	l.mu.Unlock()
}
