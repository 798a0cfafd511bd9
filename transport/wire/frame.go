package wire

import "encoding/binary"

// kind says what a frame is.
type kind byte

const (
	kindHello   kind = 1
	kindCall    kind = 2
	kindReply   kind = 3
	kindError   kind = 4
	kindChunk   kind = 5
	kindCancel  kind = 6
	kindGoAway  kind = 7
	kindGoneAck kind = 8
	kindPing    kind = 9
	kindPong    kind = 10

	// kindSkippable and above may be missed by who does not know them.
	kindSkippable kind = 128
)

// headSize is the size of what every frame begins with.
const headSize = 4 + 1 + 8

// frame is one frame as it was read. The payload is the reader's and valid until the next one is read.
type frame struct {
	kind    kind
	id      uint64
	payload []byte
}

// appendHead appends the head of a frame whose payload has size bytes.
func appendHead(b []byte, k kind, id uint64, size int) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(size))
	b = append(b, byte(k))
	return binary.BigEndian.AppendUint64(b, id)
}

// appendFrame appends a whole frame.
func appendFrame(b []byte, k kind, id uint64, payload []byte) []byte {
	return append(appendHead(b, k, id, len(payload)), payload...)
}

// parseHead reads the headSize bytes of b.
func parseHead(b []byte) (k kind, id uint64, size int) {
	return kind(b[4]), binary.BigEndian.Uint64(b[5:]), int(binary.BigEndian.Uint32(b))
}
