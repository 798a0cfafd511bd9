package adapter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	// checkEvery is how often a handler is asked for its health, checkTimeout how long it may take.
	checkEvery   = time.Second
	checkTimeout = time.Second
	// fall is how many bad checks in a row make a handler unwell; one good one makes it well. The first check decides alone.
	fall = 2
)

// StartChecks asks every handler that has one for its health, and goes on to until StopChecks. Told, which may be nil, hears of
// each turn, from the first check on, where that is bad.
func (a *Adapter) StartChecks(told func(module string, fault error)) {
	ctx, cancel := context.WithCancel(context.Background())
	a.mu.Lock()
	a.told, a.stop = told, cancel
	a.mu.Unlock()
	for _, name := range a.names() {
		if a.handlers[name].health == "" {
			continue
		}
		c := &checks{adapter: a, handler: a.handlers[name]}
		c.row = fall - 1
		c.once(ctx)
		a.checking.Go(func() { c.run(ctx) })
	}
}

// StopChecks ends the checks. A handler that does not answer one is not waited for.
func (a *Adapter) StopChecks() {
	a.mu.Lock()
	stop := a.stop
	a.mu.Unlock()
	if stop != nil {
		stop()
	}
	a.checking.Wait()
}

// checks are those of one handler.
type checks struct {
	adapter *Adapter
	handler *handler
	// row is how many were bad in a row; late is closed when a check that nobody waits for any more is over.
	row  int
	late chan struct{}
}

func (c *checks) run(ctx context.Context) {
	tick := time.NewTicker(checkEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c.once(ctx)
		}
	}
}

// once asks, and notes the answer. While an earlier question is not answered there is no other.
func (c *checks) once(ctx context.Context) {
	err := errHangs
	if c.late == nil {
		err = c.ask(ctx)
	} else {
		select {
		case <-c.late:
			c.late = nil
			err = c.ask(ctx)
		default:
		}
	}
	switch {
	case ctx.Err() != nil:
		return
	case err == nil:
		c.row = 0
	default:
		c.row++
	}
	if err != nil && c.row < fall {
		return
	}
	c.adapter.note(c.handler, err)
}

var errHangs = errors.New("its health check does not come back")

// ask makes one request, as a client in this process would.
func (c *checks) ask(ctx context.Context) error {
	target, err := url.ParseRequestURI(c.handler.health)
	if err != nil {
		return fmt.Errorf("path of its health: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	r := (&http.Request{
		Method: http.MethodGet, URL: target, Header: http.Header{"User-Agent": {"holon"}}, Host: c.handler.module, RemoteAddr: "127.0.0.1:0",
	}).WithContext(ctx)
	done := make(chan struct{})
	w := &nowhere{header: make(http.Header)}
	go func() {
		defer close(done)
		defer cancel()
		defer func() {
			if recover() != nil && w.status < http.StatusBadRequest {
				w.status = http.StatusInternalServerError // the panic has been logged
			}
		}()
		c.adapter.serve(c.handler, w, r)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		select {
		case <-done: // both at once
		case <-time.After(checkTimeout / 10):
			c.late = done
			return errHangs
		}
	}
	if w.status >= http.StatusBadRequest {
		return fmt.Errorf("GET %s answers %d", c.handler.health, w.status)
	}
	return nil
}

// note has everybody see a handler as its last checks have found it.
func (a *Adapter) note(h *handler, fault error) {
	a.mu.Lock()
	turned := (h.fault == nil) != (fault == nil)
	h.fault = fault
	told := a.told
	a.mu.Unlock()
	if !turned {
		return
	}
	if fault != nil {
		a.log.Warn("module is not well: it is chosen last", "module", h.module, "err", fault)
	} else {
		a.log.Info("module is well again", "module", h.module)
	}
	if told != nil {
		told(h.module, fault)
	}
}

// nowhere is where the answer to a health check goes.
type nowhere struct {
	header http.Header
	status int
}

func (n *nowhere) Header() http.Header { return n.header }

func (n *nowhere) WriteHeader(code int) {
	if n.status < http.StatusOK {
		n.status = code
	}
}

func (n *nowhere) Write(p []byte) (int, error) {
	if n.status < http.StatusOK {
		n.status = http.StatusOK
	}
	return len(p), nil
}

// FlushError is for handlers that flush.
func (n *nowhere) FlushError() error { return nil }

var _ io.Writer = (*nowhere)(nil)
