package wire

import "errors"

// notBegunError is a handler's word that nothing was done.
type notBegunError struct{ error }

// Unwrap returns why.
func (e *notBegunError) Unwrap() error { return e.error }

// NotBegun returns the error by which a handler says that it has not begun the call, for the reason given. Its caller gets
// a *NotSentError, and may go elsewhere with any method.
func NotBegun(err error) error { return &notBegunError{err} }

func isNotBegun(err error) bool {
	_, ok := errors.AsType[*notBegunError](err)
	return ok
}
