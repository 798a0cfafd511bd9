package wire

import (
	"maps"
	"slices"
	"strings"

	"holon/transport/status"
)

// The tags of an error.
const (
	errorCode     = 1
	errorReason   = 2
	errorMessage  = 3
	errorDetail   = 4
	errorNotBegun = 5
)

// maxFailure is the most bytes of a failure's texts. A longer one loses its details and the end of its message: it is
// for people, and one that nobody can send would leave the caller without an answer.
const maxFailure = 32 << 10

// appendFailure appends an error's fields.
func appendFailure(b []byte, e *status.Error, notBegun bool) []byte {
	if failureSize(e) > maxFailure {
		e = &status.Error{Code: e.Code, Reason: cut(e.Reason, 1<<10), Message: cut(e.Message, 8<<10)}
	}
	b = appendNumber(b, errorCode, uint64(e.Code))
	if e.Reason != "" {
		b = appendField(b, errorReason, e.Reason)
	}
	b = appendField(b, errorMessage, e.Message)
	for _, name := range slices.Sorted(maps.Keys(e.Details)) {
		b = appendField(b, errorDetail, string(appendText(nil, name))+e.Details[name])
	}
	if notBegun {
		b = append(b, errorNotBegun, 0)
	}
	return b
}

func failureSize(e *status.Error) int {
	size := len(e.Reason) + len(e.Message)
	for name, text := range e.Details {
		size += len(name) + len(text) + 16
	}
	return size
}

// cut shortens a text without leaving half a character.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "")
}

// parseFailure reads an error. A code outside the set becomes Internal.
func parseFailure(b []byte) (e *status.Error, notBegun bool, err error) {
	e = new(status.Error)
	for len(b) > 0 {
		var tag byte
		var value []byte
		if tag, value, b, err = cutField(b); err != nil {
			return nil, false, err
		}
		switch tag {
		case errorCode:
			code, err := number(value)
			if err != nil {
				return nil, false, err
			}
			if code <= 255 {
				e.Code = status.Code(code)
			}
		case errorReason:
			e.Reason = string(value)
		case errorMessage:
			e.Message = string(value)
		case errorDetail:
			name, text, err := cutText(value)
			if err != nil {
				return nil, false, err
			}
			if e.Details == nil {
				e.Details = make(map[string]string)
			}
			e.Details[string(name)] = string(text)
		case errorNotBegun:
			notBegun = true
		}
	}
	if !e.Code.Known() {
		e.Code = status.Internal
	}
	return e, notBegun, nil
}
