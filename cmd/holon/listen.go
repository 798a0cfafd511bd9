package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"holon/cluster"
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

// listen opens the address of a setting.
func listen(ctx context.Context, s *settings, log *slog.Logger, key, addr string) (ln net.Listener, err error) {
	var lc net.ListenConfig
	err = stepping(s, log, key, addr, func(at string) (taken bool, err error) {
		if ln, err = lc.Listen(ctx, "tcp", at); err != nil && !errors.Is(err, syscall.EADDRINUSE) {
			err = &failure{code: exitConfig, text: fmt.Sprintf("listen on %s (%s from %s): %v", at, key, s.Origin(key), err),
				next: "give another address with " + flagOf(key)}
			return false, err
		}
		return err != nil, err
	})
	return ln, err
}

// stepping tries the address of a setting. A port that was asked for and is taken is an error that names the flag; one that
// was not steps to the next free, and never to one on which this node is to find others.
func stepping(s *settings, log *slog.Logger, key, addr string, try func(addr string) (taken bool, err error)) error {
	asked := s.Origin(key).Layer != configs.FromDefault
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("listen for %s: %w", key, err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return fmt.Errorf("listen for %s: port %q is not a number", key, port)
	}
	why := "it is in use"
	for step := range portTries {
		at := net.JoinHostPort(host, strconv.Itoa(number+step*portStride))
		if !asked && joins(s.Config.Join, host, strconv.Itoa(number+step*portStride)) {
			why = "it is that of a node to join"
			continue
		}
		switch taken, err := try(at); {
		case err == nil && step > 0:
			log.Log(context.Background(), steppedLevel(key), "took another port", "why", why, "setting", key, "wanted", addr, "took", at, "hint", "name one with "+flagOf(key))
			return nil
		case err == nil || !taken:
			return err
		case asked:
			return &failure{code: exitFailed, text: fmt.Sprintf("%s is in use (%s from %s)", at, key, s.Origin(key)),
				next: fmt.Sprintf("stop what uses it, or give another address with %s", flagOf(key))}
		}
	}
	return fmt.Errorf("no free port for %s: tried %d from %s on", key, portTries, addr)
}

// joins reports whether one of the seeds is at this port of this machine.
func joins(seeds []string, host, port string) bool {
	return slices.ContainsFunc(seeds, func(seed string) bool {
		h, p, err := net.SplitHostPort(seed)
		if err != nil {
			h, p = strings.Trim(seed, "[]"), cluster.DefaultPort
		}
		return p == port && (h == host || isHere(h))
	})
}

// isHere reports whether a host is this machine.
func isHere(host string) bool {
	ip := net.ParseIP(host)
	if ip == nil {
		return strings.EqualFold(host, "localhost")
	}
	if ip.IsLoopback() || ip.IsUnspecified() {
		return true
	}
	own, err := net.InterfaceAddrs()
	return err == nil && slices.ContainsFunc(own, func(a net.Addr) bool {
		n, ok := a.(*net.IPNet)
		return ok && n.IP.Equal(ip)
	})
}

// steppedLevel is how much it matters that a port is another than usual: nodes of one machine find each other's, clients
// do not find the API.
func steppedLevel(key string) slog.Level {
	if key == "http.addr" {
		return slog.LevelWarn
	}
	return slog.LevelInfo
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
