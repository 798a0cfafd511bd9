package adapter

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// hello is what a gateway says on a new connection before it sends a request: one that the kernel has taken, and a node that is
// going has not, would swallow the request, and nobody could say whether it was begun.
const hello = "OPTIONS * HTTP/1.1\r\nHost: node\r\n" + headHello + ": 1\r\n\r\n"

// errNotWelcome says that a node takes no requests.
var errNotWelcome = errors.New("the node takes no requests")

// Dial wraps what opens connections to node ports: they are open when the node has said so.
func Dial(dial func(ctx context.Context, network, addr string) (net.Conn, error), within time.Duration) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		if err := welcome(ctx, c, within); err != nil {
			_ = c.Close() // it was never open
			return nil, &net.OpError{Op: "dial", Net: network, Addr: c.RemoteAddr(), Err: err}
		}
		return c, nil
	}
}

// welcome returns when the node has answered.
func welcome(ctx context.Context, c net.Conn, within time.Duration) error {
	until := time.Now().Add(within)
	if d, ok := ctx.Deadline(); ok && d.Before(until) {
		until = d
	}
	if err := c.SetDeadline(until); err != nil {
		return err
	}
	if _, err := c.Write([]byte(hello)); err != nil {
		return err
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err
	}
	_ = resp.Body.Close() // it is empty
	if resp.StatusCode != http.StatusNoContent {
		return errNotWelcome
	}
	return c.SetDeadline(time.Time{})
}
