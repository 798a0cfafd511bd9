package wire

import (
	"errors"
	"fmt"

	"holon/transport/status"
)

// NotSentError says that nobody has begun the call, so that any method may be tried elsewhere.
type NotSentError struct {
	// Peer is the node as far as it is known, else the address.
	Peer string
	// Why is one of the Why constants.
	Why string
	Err error
}

// Why a call was not sent, or not begun.
const (
	// WhyDial means no connection could be made.
	WhyDial = "dial"
	// WhyHandshake means that the peer and this node do not go together; Err says why.
	WhyHandshake = "handshake"
	// WhyIdentity means that another process answers at this address.
	WhyIdentity = "identity"
	// WhyDown means the connection was down before the call was written.
	WhyDown = "down"
	// WhyGoing means the peer has said that it goes away.
	WhyGoing = "going"
	// WhyFull means this side has too many calls open there.
	WhyFull = "full"
	// WhyRefused means the peer had no room for it.
	WhyRefused = "refused"
)

func (e *NotSentError) Error() string {
	return fmt.Sprintf("call to %s not sent (%s): %v", e.Peer, e.Why, e.Err)
}

func (e *NotSentError) Unwrap() error { return e.Err }

// As lets status.From see an Unavailable, which promises that trying again is safe.
func (e *NotSentError) As(target any) bool {
	return asStatus(target, status.New(status.Unavailable, "peer_unavailable", "the node that should answer could not take the call").
		With(status.DetailRetryAfter, "1").Because(e.Err))
}

// LostError says that the connection ended between a call and its answer: the call may have run.
type LostError struct {
	Peer string
	Err  error
}

func (e *LostError) Error() string {
	return fmt.Sprintf("connection to %s lost before the answer: %v", e.Peer, e.Err)
}

func (e *LostError) Unwrap() error { return e.Err }

// As lets status.From see an Unavailable whose reason tells it from one that was never sent.
func (e *LostError) As(target any) bool {
	return asStatus(target, status.New(status.Unavailable, "reply_lost",
		"the connection was lost before the answer; the work may or may not have been done").Because(e.Err))
}

func asStatus(target any, e *status.Error) bool {
	t, ok := target.(**status.Error)
	if ok {
		*t = e
	}
	return ok
}

// errClosed is why a connection ended that this side closed.
var errClosed = errors.New("the connection was closed here")

// refusal is why a connection or a call is not borne any longer, by a reason that is counted.
type refusal struct {
	reason string
	err    error
}

func (r *refusal) Error() string { return r.reason + ": " + r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

func refuse(reason, format string, args ...any) error {
	return &refusal{reason: reason, err: fmt.Errorf(format, args...)}
}

// The reasons, which are the values of a metric's label.
const (
	reasonBroken    = "broken"         // the network failed, or the peer died
	reasonCalls     = "calls"          // a call beyond Limits.Calls
	reasonCrowded   = "connections"    // a connection beyond Limits.Connections
	reasonDraining  = "draining"       // a connection that came while draining
	reasonFlood     = "flood"          // the peer asks without reading answers
	reasonGarbage   = "garbage"        // neither this format nor HTTP
	reasonHTTP      = "http"           // HTTP where nobody takes it
	reasonMalformed = "malformed"      // a frame that breaks the format
	reasonMemory    = "memory"         // a call beyond Limits.Held
	reasonOversized = "oversized"      // a frame or message beyond the format's limits
	reasonPeer      = "peer"           // the Check refused the peer's hello
	reasonSilent    = "silent"         // no answer to a ping
	reasonSlow      = "slow_handshake" // no hello within Limits.Handshake
	reasonStalled   = "stalled"        // a write that did not end
	reasonVersion   = "version"        // another protocol version
)

var reasons = []string{
	reasonBroken, reasonCalls, reasonCrowded, reasonDraining, reasonFlood,
	reasonGarbage, reasonHTTP, reasonMalformed, reasonMemory, reasonOversized,
	reasonPeer, reasonSilent, reasonSlow, reasonStalled, reasonVersion,
}

func malformed(format string, args ...any) error { return refuse(reasonMalformed, format, args...) }

var (
	_ error = (*NotSentError)(nil)
	_ error = (*LostError)(nil)
)
