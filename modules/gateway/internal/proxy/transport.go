package proxy

import (
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"holon/transport/adapter"
)

const (
	dialTimeout = time.Second
	tlsTimeout  = 2 * time.Second
	// idleTimeout is shorter than that of most servers, so that this side closes first and no request meets a connection that
	// is being closed.
	idleTimeout = 30 * time.Second
	// idlePerHost bounds the connections that are kept to one instance.
	idlePerHost = 512
	// maxAnswerHeader bounds an answer's headers, in bytes.
	maxAnswerHeader = 64 << 10
	// maxNodeHeader is for handlers of ours on other nodes: here they have no bound.
	maxNodeHeader = 1 << 20
	copyBuffer    = 32 << 10
)

// newTransport speaks HTTP/1.1 to upstreams where control, which may be nil, has nothing against the address. It asks no proxy of the environment and unpacks nothing.
func newTransport(control func(network, address string, _ syscall.RawConn) error) *http.Transport {
	dialer := net.Dialer{Timeout: dialTimeout, KeepAlive: 15 * time.Second, Control: control}
	return &http.Transport{
		DialContext: dialer.DialContext, TLSHandshakeTimeout: tlsTimeout,
		MaxIdleConns: 0, MaxIdleConnsPerHost: idlePerHost, IdleConnTimeout: idleTimeout,
		DisableCompression: true, MaxResponseHeaderBytes: maxAnswerHeader, ExpectContinueTimeout: time.Second,
		WriteBufferSize: 8 << 10, ReadBufferSize: 8 << 10,
	}
}

// nodeTransports speak to node ports: the second keeps no connection, for nodes that may be gone in a moment.
func nodeTransports() (lasting, leaving *http.Transport) {
	make := func() *http.Transport {
		t := newTransport(nil)
		t.DialContext = adapter.Dial(t.DialContext, dialTimeout)
		t.MaxResponseHeaderBytes = maxNodeHeader
		return t
	}
	lasting, leaving = make(), make()
	leaving.DisableKeepAlives = true
	return lasting, leaving
}

// buffers are what answers are copied through.
type buffers struct{ pool sync.Pool }

func newBuffers() *buffers {
	return &buffers{sync.Pool{New: func() any { b := make([]byte, copyBuffer); return &b }}}
}

func (b *buffers) Get() []byte  { return *b.pool.Get().(*[]byte) }
func (b *buffers) Put(p []byte) { b.pool.Put(&p) }
