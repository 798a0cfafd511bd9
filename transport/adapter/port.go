package adapter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// maxHeader bounds the headers of a request, in bytes: those of the public port and what a gateway adds.
	maxHeader = 1 << 20
	// keptBody is how much of a body gateways keep, in bytes.
	keptBody = 64 << 10
	// headTimeout bounds how long the headers of a request may take, idleTimeout how long a connection is kept without one;
	// gateways keep it less long, so that no request meets a connection that is being closed.
	headTimeout = 10 * time.Second
	idleTimeout = 2 * time.Minute
	// lastGrace is how long a request may be on its way on a connection that was open when the node began to go.
	lastGrace = 100 * time.Millisecond
)

// Why a node does not ask its handler.
const (
	whyModule  = "the module is not here, or takes no requests"
	whyAnother = "another process has the address"
	whyGoing   = "the node is going"
)

// Port serves the requests of gateways on other nodes, on connections that somebody else has accepted.
type Port struct {
	adapter *Adapter
	self    string
	server  *http.Server
	conns   *handed
	done    chan struct{}

	mu     sync.Mutex
	going  bool
	waited int
	// idle is closed, and made anew, when nobody waits for an answer any more.
	idle chan struct{}
}

// NewPort returns a port that serves; self is this process, "<node>~<boot>", conns how many connections it takes.
func NewPort(a *Adapter, self string, conns int, log *slog.Logger) *Port {
	p := &Port{adapter: a, self: self, done: make(chan struct{}), idle: make(chan struct{}), conns: &handed{conns: make(chan net.Conn), closed: make(chan struct{})}}
	p.server = &http.Server{
		Handler: p, ReadHeaderTimeout: headTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, DisableGeneralOptionsHandler: true,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	p.conns.room = make(chan struct{}, conns)
	go func() {
		defer close(p.done)
		_ = p.server.Serve(p.conns) // it ends when it is told to
	}()
	return p
}

// Take serves a connection, or closes it where there is no room.
func (p *Port) Take(c net.Conn) { p.conns.take(c) }

// InFlight returns how many requests of other nodes are under way.
func (p *Port) InFlight() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waited
}

// ServeHTTP has the handler answer that a gateway means.
func (p *Port) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	module := r.Header.Get(headModule)
	instance, from := r.Header.Get(headInstance), r.Header.Get(headRemote)
	going := !p.enter()
	if going {
		w.Header().Set("Connection", "close")
	} else {
		leave := sync.OnceFunc(p.leave)
		defer leave()
		defer context.AfterFunc(r.Context(), leave)() // nobody waits for the answer to one whose client has gone
	}
	switch {
	case r.Header.Get(headHello) != "" && !going:
		w.WriteHeader(http.StatusNoContent)
		return
	case r.Header.Get(headHello) != "":
		refuse(w, whyGoing)
		return
	case module == "":
		http.Error(w, "This port is for the nodes of a holon cluster.", http.StatusBadRequest)
		return
	case instance != p.self:
		refuse(w, whyAnother)
		return
	case going:
		refuse(w, whyGoing)
		return
	}
	kept, err := keep(w, r)
	if err != nil { // its gateway has gone in the middle of a request
		panic(http.ErrAbortHandler)
	}
	r = r.WithContext(r.Context())
	r.Body = kept
	r.RemoteAddr, r.Host = from, r.Header.Get(headHost)
	for _, name := range []string{headModule, headInstance, headRemote, headHost, "Expect"} {
		r.Header.Del(name)
	}
	if r.Header.Get("Upgrade") == "" {
		r.Header.Del("Connection") // what it says is for this connection
	}
	if !p.adapter.ServeHere(w, r, module) {
		refuse(w, whyModule)
	}
}

// keep reads a body that its gateway has whole: net/http looks whether the connection is still there only behind the body, and
// the handler would not hear that nobody waits for it.
func keep(w http.ResponseWriter, r *http.Request) (io.ReadCloser, error) {
	if r.ContentLength == 0 || r.ContentLength > keptBody || r.Header.Get("Expect") != "" || r.Header.Get(headStreams) != "" {
		return r.Body, nil
	}
	control := http.NewResponseController(w)
	if err := control.SetReadDeadline(time.Now().Add(headTimeout)); err != nil {
		return nil, err
	}
	var kept bytes.Buffer
	if _, err := io.Copy(&kept, io.LimitReader(r.Body, keptBody+1)); err != nil {
		return nil, err
	}
	if err := control.SetReadDeadline(time.Time{}); err != nil {
		return nil, err
	}
	if kept.Len() <= keptBody {
		return io.NopCloser(&kept), nil
	}
	return struct { // there is more than its gateway keeps
		io.Reader
		io.Closer
	}{io.MultiReader(&kept, r.Body), r.Body}, nil
}

// enter counts a request in, unless the node is going.
func (p *Port) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.going {
		p.waited++
	}
	return !p.going
}

// leave counts it out: it is answered, or nobody waits for the answer any more.
func (p *Port) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waited--; p.waited == 0 {
		close(p.idle)
		p.idle = make(chan struct{})
	}
}

// refuse says that the handler was not asked, so that another instance may be.
func refuse(w http.ResponseWriter, why string) {
	w.Header().Set(headRefused, why)
	w.WriteHeader(http.StatusServiceUnavailable)
}

// Drain refuses requests from now on, ends those that stream, and waits for the others until ctx ends. Connections stay, so that
// whoever sends yet another request is told.
func (p *Port) Drain(ctx context.Context) error {
	p.mu.Lock()
	p.going = true
	p.mu.Unlock()
	if len(p.conns.room) > 0 {
		select {
		case <-time.After(lastGrace):
		case <-ctx.Done():
		}
	}
	p.adapter.EndStreams()
	for {
		p.mu.Lock()
		n, idle := p.waited, p.idle
		p.mu.Unlock()
		if n == 0 {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return fmt.Errorf("%d requests of gateways on other nodes are left: %w", n, ctx.Err())
		}
	}
}

// closeWithin is how long Close lets requests end that have just come.
const closeWithin = 500 * time.Millisecond

// Close ends all connections, and the contexts of requests with them.
func (p *Port) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	_ = p.server.Shutdown(ctx) // what it has not closed is closed now
	err := p.server.Close()
	<-p.done
	return err
}

// handed is a listener of connections that were handed over.
type handed struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
	// room has an entry for each connection that is open.
	room chan struct{}
}

func (h *handed) take(c net.Conn) {
	select {
	case h.room <- struct{}{}:
	default:
		_ = c.Close() // there is no room: its gateway tries another instance
		return
	}
	counted := &countedConn{Conn: c, left: sync.OnceFunc(func() { <-h.room })}
	select {
	case h.conns <- counted:
	case <-h.closed:
		_ = counted.Close() // nobody serves any more
	}
}

func (h *handed) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

func (h *handed) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}

func (h *handed) Addr() net.Addr { return &net.TCPAddr{} }

// countedConn gives its room back.
type countedConn struct {
	net.Conn
	left func()
}

func (c *countedConn) Close() error {
	defer c.left()
	return c.Conn.Close()
}

// CloseWrite lets HTTP/1.1 end its answers as on the connection itself.
func (c *countedConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
