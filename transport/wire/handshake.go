package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"holon/transport/status"
)

// greet opens a connection from the dialer's side. It returns one of the Why constants with an error.
func (c *Conn) greet(ctx context.Context, p DialParams) (why string, err error) {
	deadline, _ := ctx.Deadline()
	if err := c.nc.SetDeadline(deadline); err != nil {
		return WhyHandshake, err
	}
	stop := context.AfterFunc(ctx, func() { c.nc.SetDeadline(time.Unix(1, 0)) }) //nolint:errcheck // it is being given up
	defer stop()
	opening, err := appendOpening(nil, p.Hello())
	if err != nil {
		return WhyHandshake, err
	}
	if _, err := c.nc.Write(opening); err != nil {
		return WhyHandshake, err
	}
	if c.peer, err = c.hear(); err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("%w: %w", ctx.Err(), err)
		}
		return WhyHandshake, err
	}
	if (p.Expect.Node != "" && p.Expect.Node != c.peer.Node) || (p.Expect.Boot != "" && p.Expect.Boot != c.peer.Boot) {
		return WhyIdentity, fmt.Errorf("%s answers where %s~%s was", c.peer, p.Expect.Node, p.Expect.Boot)
	}
	if p.Check != nil {
		if err := p.Check(c.peer); err != nil {
			return WhyHandshake, err
		}
	}
	if !stop() {
		return WhyHandshake, ctx.Err()
	}
	return "", c.nc.SetDeadline(time.Time{})
}

// hear reads the acceptor's side of the opening.
func (c *Conn) hear() (Hello, error) {
	var word [len(magic)]byte
	if n, err := io.ReadFull(c.in.in, word[:]); err != nil {
		return Hello{}, ended(err, n)
	}
	switch {
	case bytes.HasPrefix(word[:], []byte("HTTP/")):
		return Hello{}, refuse(reasonHTTP, "an HTTP server answers at this address")
	case string(word[:]) != magic:
		return Hello{}, refuse(reasonGarbage, "no node of this kind answers: %q", word)
	}
	return c.in.hello()
}

// hello reads the frame that opens a direction and checks its version.
func (r *reader) hello() (Hello, error) {
	f, err := r.opening()
	if err != nil {
		return Hello{}, err
	}
	if f.kind == kindError {
		e, _, err := parseFailure(f.payload)
		if err != nil {
			return Hello{}, err
		}
		return Hello{}, e
	}
	h, version, err := parseHello(f.payload)
	if err != nil {
		return Hello{}, err
	}
	if version != protocolVersion {
		return Hello{}, wrongVersion(version)
	}
	return h, nil
}

func wrongVersion(theirs uint64) error {
	return refuse(reasonVersion, "the peer speaks protocol version %d, this node %d", theirs, protocolVersion)
}

// welcome opens a connection from the acceptor's side, after its magic word. Why it does not is told to the peer.
func (s *Server) welcome(l *link) (Hello, error) {
	h, err := l.in.hello()
	if err == nil {
		if refused := s.check(h); refused != nil {
			err = refuse(reasonPeer, "%s: %w", h, refused)
		}
	}
	if err == nil && s.isDraining() {
		err = refuse(reasonDraining, "this node is going away")
	}
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = refuse(reasonSlow, "no hello within %s", s.params.Limits.Handshake)
		}
		return h, decline(l.nc, err)
	}
	opening, err := appendOpening(nil, s.params.Hello())
	if err != nil {
		return h, err
	}
	_, err = l.nc.Write(opening)
	return h, err
}

func (s *Server) check(h Hello) error {
	if s.params.Check == nil {
		return nil
	}
	return s.params.Check(h)
}

// decline tells a peer why it is not welcome, in the form that never changes. It returns why.
func decline(nc net.Conn, why error) error {
	e := &status.Error{Code: status.Malformed, Message: why.Error()}
	if r, ok := errors.AsType[*refusal](why); ok {
		e.Reason = r.reason
		switch r.reason {
		case reasonDraining:
			e.Code = status.Unavailable
		case reasonPeer, reasonVersion:
			e.Code = status.PermissionDenied
		}
	}
	lastWord(nc, appendFrame([]byte(magic), kindError, 0, appendFailure(nil, e, true)))
	return why
}
