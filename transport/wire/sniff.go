package wire

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// maxLinger bounds what is read of a request after it was refused.
const maxLinger = 64 << 10

// wrongDoor is what an HTTP client gets on a node's port.
const wrongDoor = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n" +
	"Content-Length: 63\r\n\r\nThis port is for the nodes of a holon cluster, it is not HTTP.\r\n"

// sniff reads until the magic word is complete or it is clear that it does not come, and never beyond it.
func sniff(nc net.Conn) ([]byte, error) {
	var word [len(magic)]byte
	got := 0
	for got < len(word) {
		n, err := nc.Read(word[got:])
		got += n
		if string(word[:got]) != magic[:got] {
			return word[:got], nil
		}
		if err != nil {
			return nil, unopened(err, got)
		}
	}
	return word[:], nil
}

func unopened(err error, got int) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(reasonSlow, "nothing that opens a connection was said in time")
	case got > 0:
		return ended(err, got)
	default:
		return errClosed // who comes and goes without a word looks whether the port is open
	}
}

// other deals with a connection that opens otherwise. With an error it is refused, without it is not ours any more.
func (s *Server) other(nc net.Conn, read []byte) error {
	opening := string(read)
	switch {
	case len(opening) > len(magicAny) && strings.HasPrefix(opening, magicAny):
		return decline(nc, refuse(reasonVersion, "the peer opens with %q, this node with %q", opening, magic))
	case s.params.Other != nil:
		if err := nc.SetDeadline(time.Time{}); err != nil {
			return err
		}
		s.params.Other(&prefixed{Conn: nc, prefix: read})
		return nil
	case opening[0] >= 'A' && opening[0] <= 'Z':
		lastWord(nc, []byte(wrongDoor))
		return refuse(reasonHTTP, "an HTTP client on a port for nodes")
	default:
		return refuse(reasonGarbage, "a connection that opens with %q", opening)
	}
}

// lastWord writes an answer after which the connection ends. It reads on for a moment, for closing with something
// unread destroys the answer on its way.
func lastWord(nc net.Conn, answer []byte) {
	if _, err := nc.Write(answer); err != nil {
		return
	}
	half, ok := nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil || nc.SetReadDeadline(time.Now().Add(lastRead)) != nil {
		return
	}
	io.CopyN(io.Discard, nc, maxLinger) //nolint:errcheck // it is over either way
}

// prefixed is a connection of which the beginning was read already.
type prefixed struct {
	net.Conn
	prefix []byte
}

func (p *prefixed) Read(b []byte) (int, error) {
	if len(p.prefix) > 0 {
		n := copy(b, p.prefix)
		p.prefix = p.prefix[n:]
		return n, nil
	}
	return p.Conn.Read(b)
}

// CloseWrite lets HTTP/1.1 end its answers as on the connection itself.
func (p *prefixed) CloseWrite() error {
	if half, ok := p.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}
