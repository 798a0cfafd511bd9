package backup

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
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
	// Err is what the system said, fs.ErrPermission when the node may not write there; nil when nobody asked it.
	Err error
}

// Error names the folder and the reason.
func (e *TargetError) Error() string { return fmt.Sprintf("no backup to %s: %s", e.Dir, e.Reason) }

// Unwrap returns what the system said.
func (e *TargetError) Unwrap() error { return e.Err }

// RoomError says that a disk has no room.
type RoomError struct {
	Dir        string
	Need, Free int64
	// Journals says that Dir is a data dir, whose journals grow as long as copies are made of its databases.
	Journals bool
}

// Error names both numbers.
func (e *RoomError) Error() string {
	text := fmt.Sprintf("no room below %s: %d bytes are needed and %d are free", e.Dir, e.Need, e.Free)
	if e.Journals {
		text += ", as its journals grow as long as the backup is copied"
	}
	return text
}

// FinishedError says that a restore was refused after it had finished another, interrupted one: the data dir is not as
// it was before.
type FinishedError struct {
	// Dir is the data dir, and From the backup that it is as of.
	Dir, From string
	TakenAt   time.Time
	// Err is why nothing more was done.
	Err error
}

// Error says first what was done.
func (e *FinishedError) Error() string {
	return fmt.Sprintf("an interrupted restore was finished first, and %s is now as of the backup %s, taken at %s: %v",
		e.Dir, e.From, e.TakenAt.Format(time.RFC3339), e.Err)
}

// Unwrap returns why nothing more was done.
func (e *FinishedError) Unwrap() error { return e.Err }

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
