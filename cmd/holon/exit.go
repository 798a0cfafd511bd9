package main

import (
	"errors"
	"fmt"
	"strings"

	"holon/configs"
	"holon/modules/storage"
)

// The exit codes, after sysexits.h.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 64
	exitCorrupt = 65
	exitTaken   = 75
	exitConfig  = 78
)

// failure is an error that knows its exit code and the command to type next.
type failure struct {
	code       int
	text, next string
}

func (f *failure) Error() string { return f.text }

func failed(next, format string, args ...any) error {
	return &failure{code: exitFailed, text: fmt.Sprintf(format, args...), next: next}
}

// explain returns what to print of an error and the exit code.
func explain(err error) (string, int) {
	if _, ok := errors.AsType[*configs.Error](err); ok {
		return err.Error(), exitConfig // it renders itself, with position and next command
	}
	code, next := exitFailed, ""
	locked, isLocked := errors.AsType[*storage.LockedError](err)
	f, isFailure := errors.AsType[*failure](err)
	_, isForeign := errors.AsType[*storage.ForeignError](err)
	switch {
	case isFailure:
		code, next = f.code, f.next
	case errors.Is(err, storage.ErrCorrupt):
		code, next = exitCorrupt, "keep the file as it is and put a good copy in its place"
	case isForeign:
		code, next = exitCorrupt, "put the module's own file there, or run here with --data-dir DIR"
	case isLocked:
		code = exitTaken
		next = "stop that process, or run here with --data-dir DIR"
		if locked.Owner.Node != "" {
			next = fmt.Sprintf("stop node %s, or run here with --data-dir DIR", locked.Owner.Node)
		}
	}
	text := "holon: " + strings.TrimSpace(err.Error())
	if next != "" {
		text += "\n  → " + next
	}
	return text, code
}
