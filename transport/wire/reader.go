package wire

import (
	"bufio"
	"errors"
	"io"
)

// reader takes frames off a stream. One read of the network may carry many of them.
type reader struct {
	in *bufio.Reader
	// skip is what of the frame returned last is still in the buffer.
	skip int
}

func newReader(in io.Reader) *reader {
	return &reader{in: bufio.NewReaderSize(in, headSize+maxPayload)}
}

// next returns the next frame of a known kind. It returns io.EOF only between frames.
func (r *reader) next() (frame, error) {
	for {
		if err := r.discard(); err != nil {
			return frame{}, err
		}
		head, err := r.in.Peek(headSize)
		if err != nil {
			return frame{}, ended(err, len(head))
		}
		k, id, size := parseHead(head)
		if size > maxPayload {
			return frame{}, refuse(reasonOversized, "a frame of %d bytes", size)
		}
		whole, err := r.in.Peek(headSize + size)
		if err != nil {
			return frame{}, ended(err, len(whole))
		}
		r.skip = len(whole)
		if k < kindSkippable {
			return frame{kind: k, id: id, payload: whole[headSize:]}, nil
		}
	}
}

// opening reads the frame that answers a greeting: a hello or an error. Its payload is the caller's.
func (r *reader) opening() (frame, error) {
	var head [headSize]byte
	if n, err := io.ReadFull(r.in, head[:]); err != nil {
		return frame{}, ended(err, n)
	}
	k, id, size := parseHead(head[:])
	if k != kindHello && k != kindError {
		return frame{}, malformed("a frame of kind %d before the hello", k)
	}
	if size > maxHello {
		return frame{}, refuse(reasonOversized, "a hello of %d bytes", size)
	}
	payload := make([]byte, size)
	if n, err := io.ReadFull(r.in, payload); err != nil {
		return frame{}, ended(err, headSize+n)
	}
	return frame{kind: k, id: id, payload: payload}, nil
}

func (r *reader) discard() error {
	n := r.skip
	r.skip = 0
	_, err := r.in.Discard(n)
	return err
}

// ended tells an end between two frames from one inside a frame.
func ended(err error, got int) error {
	if got > 0 && errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
