package cluster

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

// transport is memberlist's own, with connections that end when this node stops: a peer that does not answer shall not
// hold up an exit.
type transport struct {
	*memberlist.NetTransport
	dialer func(addr string, timeout time.Duration) (net.Conn, error)
}

func (t *transport) DialTimeout(addr string, timeout time.Duration) (net.Conn, error) {
	return t.dialer(addr, timeout)
}

func (t *transport) DialAddressTimeout(a memberlist.Address, timeout time.Duration) (net.Conn, error) {
	return t.dialer(a.Addr, timeout)
}

// cancelled dials until run ends, and closes then what it has dialled.
func cancelled(run context.Context) func(string, time.Duration) (net.Conn, error) {
	return func(addr string, timeout time.Duration) (net.Conn, error) {
		d := net.Dialer{Timeout: timeout}
		conn, err := d.DialContext(run, "tcp", addr)
		if err != nil {
			return nil, err
		}
		k := &killable{Conn: conn}
		k.stop = context.AfterFunc(run, func() { _ = conn.Close() })
		return k, nil
	}
}

type killable struct {
	net.Conn
	once sync.Once
	stop func() bool
}

func (k *killable) Close() error {
	k.once.Do(func() { k.stop() })
	return k.Conn.Close()
}

var _ memberlist.NodeAwareTransport = (*transport)(nil)
