// Package wire is one framed connection between two nodes that carries many calls at once. It knows no module and no
// method: it brings a named call with a body to the other side and comes back with a reply's body or a *status.Error.
// Who is called, and what to do when a call fails, is for transport/rpc.
//
// The node that dials makes calls and the node that accepts serves them. Two nodes that call each other have two
// connections.
//
// # Opening
//
// The dialer sends the eight bytes "HOLON/1\n" and a hello frame. The acceptor answers with the same eight bytes and
// a hello frame, or with an error frame of id 0 that says why not, and closes. Anything else than these bytes is no
// concern of this package: it is handed over as it came, or refused. What begins with "HOLON/" and goes on otherwise
// is another major of this format; it is answered in this one, so the eight bytes, the layout of a frame and that of
// the error frame never change.
//
// Nothing else is sent before both hellos have been read. A hello tells the protocol version (both must speak the
// same), cluster, node, boot and, per module, a major version and the methods. It is sent once: a process offers the
// same methods all its life. The dialer closes when another node or boot answers than the one it meant to reach.
//
// # Frames
//
//	length u32 | kind u8 | id u64 | payload of length bytes
//
// Numbers are big endian; a payload has 65536 bytes at most, that of a hello 262144. The kinds:
//
//	 1 hello         fields, see below                     both ways, once
//	 2 call          last piece of a call's message        dialer to acceptor
//	 3 reply         last piece of a reply's message       acceptor to dialer
//	 4 error         fields, see below                     acceptor to dialer; id 0 is about the connection
//	 5 chunk         total u32, a piece of a message       both ways
//	 6 cancel        nothing                               dialer to acceptor
//	 7 go-away       nothing; id names the last call       acceptor to dialer
//	 8 go-away-ack   nothing; the same id                  dialer to acceptor
//	 9 ping          nothing; id is any number             both ways
//	10 pong          nothing; the ping's id                both ways
//
// A kind of 128 or more that is not known is skipped: the peer may be one release newer and the frame one that can be
// missed. Any other unknown kind, one that goes the other way, and whatever breaks a rule of this page closes the
// connection. A payload where there should be nothing is skipped.
//
// # Messages
//
// A call's message is the length of its header as a varint, the header, the body. A reply's message is its body. A
// message has 4194304 bytes at most. One that does not fit one frame travels as chunk frames of its id, each with the
// message's total length before its piece, and ends with the call or reply frame that carries the last piece. Between
// them come frames of other calls, so that a large message holds up no small one. A sender has four such messages
// under way at most, so that no receiver has to keep more than 16 MiB in pieces. What was begun is ended: by the last
// piece, by a cancel (of a call), or by an error (of a reply).
//
// Calls have ids from 1 on that only grow, in the order of their first frames. A reply or an error bears the id of
// its call; one whose call is not known any more is skipped, since the caller may have left.
//
// # Fields
//
// Headers, hellos and errors are fields:
//
//	tag u8 | length varint | value of length bytes
//
// An unknown tag is skipped, so fields can be added. A field that is absent has its zero value; of one that comes
// twice the last counts, where it is no list. Numbers in values are varints.
//
//	call header   1 method, 2 caller, 3 subject, 4 roles (each a length as varint and the text), 5 microseconds left
//	              until the deadline, 6 trace (id 16 bytes, span 8, flags 1), 7 W3C tracestate, 8 idempotent (empty),
//	              9 scopes (as roles), 10 API key's id
//	hello         1 protocol version, 2 cluster, 3 node, 4 boot, 5 module (fields: 1 name, 2 major, 3 method; the
//	              last may repeat), may repeat
//	error         1 code, 2 reason, 3 message, 4 detail (length of the name as varint, name, text), may repeat,
//	              5 not begun (empty): the call was refused before anything was done
//
// A header has 16384 bytes at most. The time left counts from the arrival of the call's first frame, because the
// clocks of two machines differ; a call that has none left is answered without being run.
//
// # Ending
//
// A caller that leaves sends a cancel and forgets the call; the connection stays. An acceptor that wants to end sends
// a go-away with the id of the last call of which it has read a frame. Calls up to that one are answered as ever;
// later ones are not run, and the dialer knows it. The dialer acknowledges and begins no call after that. When
// the acknowledgement is there and the last answer is written, the acceptor closes its direction and the dialer, who
// has then read everything, the connection.
//
// Either side that hears nothing for a while sends a ping and closes when nothing at all comes back.
package wire
