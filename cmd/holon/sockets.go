package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/coreos/go-systemd/v22/activation"
)

// sockets are listening sockets that whoever started the process holds open for it, by the port they are for. They
// outlive the process: what connects while it restarts waits in them instead of being refused.
type sockets map[string]net.Listener

// socketNames are the ports that can be handed over. An only socket without such a name is for the first.
var socketNames = []string{"http", "admin", "health"}

// inheritSockets takes what LISTEN_FDS hands over (sd_listen_fds(3)), named by LISTEN_FDNAMES.
func inheritSockets() (sockets, error) {
	return takeSockets(activation.Files(true))
}

func takeSockets(files []*os.File) (sockets, error) {
	taken := make(sockets, len(files))
	for _, f := range files {
		name := f.Name()
		if len(files) == 1 && !slices.Contains(socketNames, name) {
			name = socketNames[0]
		}
		ln, err := net.FileListener(f)
		_ = f.Close() // the listener has a descriptor of its own
		switch {
		case err != nil:
			err = fmt.Errorf("socket %q is nothing to listen on: %w", name, err)
		case !slices.Contains(socketNames, name):
			err = fmt.Errorf("socket %q is for no port of a node", name)
		case taken[name] != nil:
			err = fmt.Errorf("two sockets are named %q", name)
		default:
			taken[name] = ln
			continue
		}
		if ln != nil {
			err = errors.Join(err, ln.Close())
		}
		return nil, &failure{code: exitConfig, text: fmt.Sprintf("take over sockets (LISTEN_FDS): %v", errors.Join(err, taken.close())),
			next: "name each socket one of " + strings.Join(socketNames, ", ") + " (FileDescriptorName= of a systemd socket)"}
	}
	return taken, nil
}

// copy returns sockets of their own for the same ports.
func (s sockets) copy() (sockets, error) {
	copies := make(sockets, len(s))
	for name, ln := range s {
		file, err := ln.(interface{ File() (*os.File, error) }).File()
		if err == nil {
			copies[name], err = net.FileListener(file)
			err = errors.Join(err, file.Close())
		}
		if err != nil {
			delete(copies, name)
			return nil, errors.Join(fmt.Errorf("copy the socket for the %s port: %w", name, err), copies.close())
		}
	}
	return copies, nil
}

// take returns the socket for a port, nil for none, and leaves the others.
func (s sockets) take(name string) net.Listener {
	ln := s[name]
	delete(s, name)
	return ln
}

// left fails when nobody has taken a socket: who connects to it would wait for ever.
func (s sockets) left() error {
	for name := range s {
		return &failure{code: exitConfig, text: fmt.Sprintf("a socket for the %s port was handed over (LISTEN_FDS), and this node has none", name),
			next: "leave the socket out, or have the node open that port (the gateway has http; --health-addr)"}
	}
	return nil
}

// close closes those that nobody took.
func (s sockets) close() error {
	var errs []error
	for _, ln := range s {
		errs = append(errs, ln.Close())
	}
	clear(s)
	return errors.Join(errs...)
}
