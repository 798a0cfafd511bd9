package wire

import (
	"encoding/binary"
	"time"
)

// totalSize is what precedes the piece in a chunk frame.
const totalSize = 4

// pieces is a message that is sent in chunks: a head and a body, of which what was sent is cut off.
type pieces struct {
	id         uint64
	total      uint32
	head, body []byte
}

func newPieces(id uint64, head, body []byte) pieces {
	return pieces{id: id, total: uint32(len(head) + len(body)), head: head, body: body}
}

// append appends the next frame, which is of the kind last when nothing is left after it.
func (p *pieces) append(b []byte, last kind) (out []byte, ended bool) {
	if len(p.head)+len(p.body) <= maxPayload {
		b = appendHead(b, last, p.id, len(p.head)+len(p.body))
		return append(append(b, p.head...), p.body...), true
	}
	size := maxPayload - totalSize
	b = appendHead(b, kindChunk, p.id, maxPayload)
	b = binary.BigEndian.AppendUint32(b, p.total)
	n := min(size, len(p.head))
	b = append(b, p.head[:n]...)
	b = append(b, p.body[:size-n]...)
	p.head, p.body = p.head[n:], p.body[size-n:]
	return b, false
}

// partial is a message of which chunks have come. One that is not wanted keeps nothing.
type partial struct {
	total  int
	got    int
	wanted bool
	body   []byte
	// began is when the first chunk came: the time left of a call counts from there.
	began time.Time
}

// partials are the messages that are arriving on one connection, by id. They belong to the goroutine that reads.
type partials map[uint64]*partial

// parseChunk reads a chunk's payload.
func parseChunk(payload []byte) (total int, piece []byte, err error) {
	if len(payload) <= totalSize {
		return 0, nil, malformed("an empty chunk")
	}
	size := binary.BigEndian.Uint32(payload)
	if size > MaxMessage {
		return 0, nil, refuse(reasonOversized, "a message of %d bytes", size)
	}
	return int(size), payload[totalSize:], nil
}

// begin notes the first chunk of a message. Memory for all of it is taken at once: its size has been weighed.
func (p partials) begin(id uint64, total int, wanted bool, now time.Time) (*partial, error) {
	if len(p) >= maxLarge {
		return nil, malformed("more than %d messages in chunks at once", maxLarge)
	}
	m := &partial{total: total, wanted: wanted, began: now}
	if wanted {
		m.body = make([]byte, 0, total)
	}
	p[id] = m
	return m, nil
}

// add takes a chunk of a message that has begun; something must be left for the last frame.
func (m *partial) add(total int, piece []byte) error {
	m.got += len(piece)
	if total != m.total || m.got > m.total {
		return malformed("chunks that do not make the message they announced")
	}
	if m.wanted {
		m.body = append(m.body, piece...)
	}
	return nil
}

// end takes the last piece and forgets the message.
func (p partials) end(id uint64, m *partial, piece []byte) error {
	delete(p, id)
	if err := m.add(m.total, piece); err != nil {
		return err
	}
	if m.got != m.total {
		return malformed("a message shorter than its chunks announced")
	}
	return nil
}
