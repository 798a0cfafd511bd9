package status

import (
	"context"
	"errors"
	"fmt"
	"maps"
)

// Error is a failure in the form that crosses from one module to another. Its exported fields are the wire form:
// they are all that a caller ever sees, in one process as between two.
type Error struct {
	// Code is the class of the failure.
	Code Code `json:"code"`
	// Reason is the stable snake_case name a program may switch on, for example "email_taken". Empty means the
	// name of the code.
	Reason string `json:"reason,omitempty"`
	// Message is one sentence for a person.
	Message string `json:"message"`
	// Details are further facts by name; see the Detail constants for those with a meaning of their own.
	Details map[string]string `json:"details,omitempty"`

	cause error
}

// The details that the edge understands.
const (
	// DetailHint says what to do next, in a sentence.
	DetailHint = "hint"
	// DetailRetryAfter is a number of whole seconds after which trying again makes sense.
	DetailRetryAfter = "retry_after"
)

// errNil is what an error that holds a nil *Error becomes: whoever returned it took it for no error.
var errNil = errors.New("a nil *status.Error was returned as an error")

// New returns an error of the given code. The reason may be empty; the message is formatted.
func New(code Code, reason, format string, args ...any) *Error {
	return &Error{Code: code, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// Wrap returns an Internal error that keeps cause for the log of this node and hides it from callers.
func Wrap(cause error) *Error {
	return &Error{Code: Internal, Message: "internal error", cause: cause}
}

// With returns a copy of e that carries one detail more.
func (e *Error) With(detail, value string) *Error {
	c := *e
	c.Details = maps.Clone(e.Details)
	if c.Details == nil {
		c.Details = make(map[string]string, 1)
	}
	c.Details[detail] = value
	return &c
}

// Because returns a copy of e that keeps cause for the log of this node; the cause does not cross.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// Name is Reason, or the name of the code where there is none.
func (e *Error) Name() string {
	if e.Reason != "" {
		return e.Reason
	}
	return e.Code.String()
}

// Error names the failure and, on the node where it happened, its cause.
func (e *Error) Error() string {
	if e == nil {
		return errNil.Error()
	}
	if e.cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Name(), e.Message, e.cause)
	}
	return e.Name() + ": " + e.Message
}

// Unwrap returns the cause, nil on the caller's side of a call.
func (e *Error) Unwrap() error { return e.cause }

// Is makes errors.Is(err, target) true when target is an Error of the same code and, where target names one, the
// same reason. It holds alike for errors of this process and those that crossed the wire.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && (t.Reason == "" || t.Reason == e.Reason)
}

// From turns any error into the closed set: an Error in the chain as it is, the two context errors as their codes,
// everything else as Internal with the error as its cause. It returns nil for nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	e, found := errors.AsType[*Error](err)
	switch {
	case found && e != nil:
		return e
	case found:
		return Wrap(errNil)
	case errors.Is(err, context.DeadlineExceeded):
		return New(DeadlineExceeded, "", "the deadline passed before the work was done").Because(err)
	case errors.Is(err, context.Canceled):
		return New(Canceled, "", "the caller went away").Because(err)
	default:
		return Wrap(err)
	}
}

// Reduce is From without the cause: exactly what crosses from one module to another. A code outside the set, which
// only a faulty peer can send, becomes Internal.
func Reduce(err error) *Error {
	e := From(err)
	if e == nil {
		return nil
	}
	c := *e
	c.cause, c.Details = nil, maps.Clone(e.Details)
	if !c.Code.Known() {
		c.Code = Internal
	}
	return &c
}

// CodeOf returns the code of err, Internal for an error outside the set and 0 for nil.
func CodeOf(err error) Code {
	if err == nil {
		return 0
	}
	return From(err).Code
}
