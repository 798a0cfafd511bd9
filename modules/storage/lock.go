package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// Owner says who holds a lock. It is a courtesy to whoever finds the file locked: the kernel decides, not this text.
type Owner struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Node    string    `json:"node,omitempty"`
	Started time.Time `json:"started"`
}

// ThisProcess returns this process as an owner from now on, under the given node name.
func ThisProcess(node string) Owner {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	return Owner{PID: os.Getpid(), Host: host, Node: node, Started: time.Now().UTC().Truncate(time.Millisecond)}
}

// LockedError says that another process has the file, or this one by another Acquire.
type LockedError struct {
	Path string
	// Owner is what the holder wrote about itself, the zero Owner when that could not be read.
	Owner Owner
}

// Error names the holder as far as it is known, and what to do.
func (e *LockedError) Error() string {
	who := "another process"
	if o := e.Owner; o.PID != 0 {
		who = fmt.Sprintf("process %d on host %s", o.PID, o.Host)
		if o.Node != "" {
			who += fmt.Sprintf(" (node %s)", o.Node)
		}
		who += " since " + o.Started.Format(time.RFC3339)
	}
	return fmt.Sprintf("%s is locked by %s", e.Path, who)
}

// maxOwner bounds what is read of a lock file, in bytes.
const maxOwner = 4096

// Lock is a file held by this process until Release or until the process ends in whatever way.
type Lock struct {
	mu sync.Mutex
	f  *os.File
}

// Acquire takes the lock at path at once or fails at once, with a *LockedError when another has it. The file is made
// when it is not there, and it stays; only one in a folder that goes with it is removed, by its holder. One that root
// makes belongs to the owner of its folder, whose node has to take it next.
func Acquire(path string, o Owner) (*Lock, error) {
	for {
		l, err := acquire(path, o)
		if err != nil {
			return nil, err
		}
		// Between open and lock the holder may have removed the file or moved it, and this is not the lock of that name.
		if l.isAt(path) {
			return l, nil
		}
		if err := l.Release(); err != nil {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
	}
}

func acquire(path string, o Owner) (*Lock, error) {
	f, err := openLock(path)
	if err != nil {
		return nil, fmt.Errorf("open lock file: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer func() { _ = f.Close() }() // it only read
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, &LockedError{Path: path, Owner: readOwner(f)}
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	// Without the text the lock is as good: a full disk must not keep a node from starting.
	if text, err := json.Marshal(o); err == nil && f.Truncate(0) == nil {
		_, _ = f.WriteAt(append(text, '\n'), 0)
	}
	return &Lock{f: f}, nil
}

// openLock opens the file or makes it. Through a link root would write to what anybody chose.
func openLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	}
	if err != nil {
		return nil, err
	}
	if heir, err := HeirOf(filepath.Dir(path)); err == nil {
		_ = heir.Give(f) // the lock is as good for whoever has it now
	}
	return f, nil
}

// isAt reports whether the lock is the file of that name.
func (l *Lock) isAt(path string) bool {
	own, err := l.f.Stat()
	there, gone := os.Lstat(path)
	return err == nil && gone == nil && os.SameFile(own, there)
}

// Release gives the lock back. Releasing twice does nothing.
func (l *Lock) Release() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f == nil {
		return nil
	}
	f := l.f
	l.f = nil
	_ = f.Truncate(0)
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
	return errors.Join(err, f.Close())
}

func readOwner(r io.Reader) Owner {
	var o Owner
	if err := json.NewDecoder(io.LimitReader(r, maxOwner)).Decode(&o); err != nil {
		return Owner{}
	}
	return o
}
