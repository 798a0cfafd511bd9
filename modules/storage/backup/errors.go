package backup

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// BadError says that a folder is no whole backup, or no longer.
type BadError struct {
	Dir string
	Err error
}

// Error names the folder and what is wrong with it.
func (e *BadError) Error() string { return fmt.Sprintf("backup %s is not good: %v", e.Dir, e.Err) }

// Unwrap returns what is wrong.
func (e *BadError) Unwrap() error { return e.Err }

// bad says what is wrong with the backup in dir. That nobody waits any more is nothing wrong with it.
func bad(dir string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("verify backup %s: %w", dir, err)
	}
	return &BadError{Dir: dir, Err: err}
}

// TargetError says that a folder cannot become a backup.
type TargetError struct {
	Dir, Reason string
}

// Error names the folder and the reason.
func (e *TargetError) Error() string { return fmt.Sprintf("no backup to %s: %s", e.Dir, e.Reason) }

// RoomError says that a disk has no room, before anything was written to it.
type RoomError struct {
	Dir        string
	Need, Free int64
}

// Error names both numbers.
func (e *RoomError) Error() string {
	return fmt.Sprintf("no room below %s: %d bytes are needed and %d are free", e.Dir, e.Need, e.Free)
}

// ExistsError says that a data dir holds what a restore was not told to replace.
type ExistsError struct {
	Dir string
	// Files are the names of those that are there, with their sizes.
	Files []string
}

// Error lists the files.
func (e *ExistsError) Error() string {
	return fmt.Sprintf("%s already holds data: %s", e.Dir, strings.Join(e.Files, ", "))
}
