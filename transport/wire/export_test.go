package wire

import "time"

// What tests need to speak the format by hand.
const (
	KindHello   = kindHello
	KindCall    = kindCall
	KindReply   = kindReply
	KindError   = kindError
	KindChunk   = kindChunk
	KindCancel  = kindCancel
	KindGoAway  = kindGoAway
	KindGoneAck = kindGoneAck
	KindPing    = kindPing
	KindPong    = kindPong

	MaxPayload = maxPayload
	MaxHello   = maxHello
	Magic      = magic
	Unlimited  = unlimited
)

type (
	Kind   = kind
	Reader = reader
)

var (
	AppendFrame = appendFrame
	AppendHead  = appendHead
	AppendHello = appendHello
	NewReader   = newReader
)

func Opening(h Hello) []byte {
	b, err := appendOpening(nil, h)
	if err != nil {
		panic(err)
	}
	return b
}

// CallMessage is a call's message.
func CallMessage(r *Request, left time.Duration) []byte {
	return append(appendText(nil, string(appendHeader(nil, r, left))), r.Body...)
}

// Next returns the next frame in pieces.
func (r *reader) Next() (k Kind, id uint64, payload []byte, err error) {
	f, err := r.next()
	return f.kind, f.id, f.payload, err
}

// ReadOpening reads the other side's opening after its magic word.
func (r *reader) ReadOpening() (Hello, error) {
	if _, err := r.in.Discard(len(magic)); err != nil {
		return Hello{}, err
	}
	return r.hello()
}

// Failure reads the payload of an error frame.
var Failure = parseFailure

// Held is what the server accounts for calls.
func (s *Server) Held() int64 { return s.held.Load() }
