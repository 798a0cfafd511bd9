package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"syscall"

	"holon/configs"
)

// Ports that nobody asked for step aside in strides, so that the ports of one node keep together.
const (
	portStride = 10
	portTries  = 100
)

// listenFor takes the socket that was handed over for a port, or opens the address of its setting.
func (n *node) listenFor(ctx context.Context, what, addr string) (net.Listener, error) {
	key := what + ".addr"
	ln := n.in.Sockets.take(what)
	if ln == nil {
		var err error
		if ln, err = listen(ctx, n.in.Settings, n.in.Log, key, addr); err != nil {
			return nil, err
		}
	} else if origin := n.in.Settings.Origin(key); origin.Layer != configs.FromDefault {
		n.in.Log.Warn("a setting is not used, because a socket was handed over (LISTEN_FDS)", "setting", key, "from", origin.String(),
			"socket", ln.Addr().String())
	}
	n.addrs.set(what, ln.Addr())
	return ln, nil
}

// listen opens the address of a setting. A port that was asked for and is taken is an error that names the flag; one
// that was not steps to the next free.
func listen(ctx context.Context, s *settings, log *slog.Logger, key, addr string) (net.Listener, error) {
	var lc net.ListenConfig
	asked := s.Origin(key).Layer != configs.FromDefault
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen for %s: %w", key, err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("listen for %s: port %q is not a number", key, port)
	}
	for try := range portTries {
		at := net.JoinHostPort(host, strconv.Itoa(number+try*portStride))
		ln, err := lc.Listen(ctx, "tcp", at)
		switch {
		case err == nil:
			if try > 0 {
				log.Warn("port in use: took the next free one", "setting", key, "wanted", addr, "took", at, "hint", "name one with "+flagOf(key))
			}
			return ln, nil
		case !errors.Is(err, syscall.EADDRINUSE):
			return nil, &failure{code: exitConfig, text: fmt.Sprintf("listen on %s (%s from %s): %v", at, key, s.Origin(key), err),
				next: "give another address with " + flagOf(key)}
		case asked:
			return nil, &failure{code: exitFailed, text: fmt.Sprintf("%s is in use (%s from %s)", at, key, s.Origin(key)),
				next: fmt.Sprintf("stop what uses it, or give another address with %s", flagOf(key))}
		}
	}
	return nil, fmt.Errorf("no free port for %s: tried %d from %s on", key, portTries, addr)
}

// flagOf is how a setting is spelled on the command line.
func flagOf(key string) string {
	flag := []byte("--" + key)
	for i, b := range flag {
		if b == '.' {
			flag[i] = '-'
		}
	}
	return string(flag)
}
