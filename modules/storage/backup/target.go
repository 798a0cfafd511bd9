package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"holon/modules/storage"
)

// target is the folder that becomes the backup. Until it is whole it has another name beside its own.
type target struct {
	dir, partial string
	lock         *storage.Lock
}

const (
	partialSuffix = ".partial"
	// partialLock may be in a backup too, for a moment or after a crash. It is no part of it.
	partialLock = "lock"
)

// claim makes the folder under its other name, for this process alone, and takes away what a crash left in it.
func claim(to string, p Params) (_ *target, err error) {
	dir, err := filepath.Abs(to)
	if err != nil {
		return nil, fmt.Errorf("find the folder for the backup: %w", err)
	}
	defer func() { err = denied(dir, err) }()
	if err := checkTarget(dir, p.Stores); err != nil {
		return nil, err
	}
	t := &target{dir: dir, partial: dir + partialSuffix}
	if err := t.own(p.Node); err != nil {
		return nil, err
	}
	// Another that had it until now may have made its backup meanwhile.
	if err := checkTarget(dir, p.Stores); err != nil {
		return nil, errors.Join(err, t.abandon())
	}
	if err = t.clear(); err == nil {
		err = os.Chmod(t.partial, 0o700)
	}
	if err != nil {
		return nil, errors.Join(err, t.unlock())
	}
	return t, nil
}

// own makes the folder, or takes that of a crash, and locks it. Between the two another that is done may take its own
// away, name and all.
func (t *target) own(node string) (err error) {
	for range 3 {
		if err = os.Mkdir(t.partial, 0o700); errors.Is(err, fs.ErrExist) {
			err = t.checkPartial()
		}
		if err == nil {
			t.lock, err = storage.Acquire(filepath.Join(t.partial, partialLock), storage.ThisProcess(node))
		}
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("make the folder for the backup: %w", err)
	}
	return nil
}

// checkPartial refuses a folder that cannot be what a crash of ours left: its content is going to be removed.
func (t *target) checkPartial() error {
	info, err := os.Lstat(t.partial)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return &TargetError{Dir: t.dir, Reason: t.partial + " is there, and is no folder"}
	}
	if s, ok := info.Sys().(*syscall.Stat_t); !ok || int(s.Uid) != os.Geteuid() {
		return &TargetError{Dir: t.dir, Reason: t.partial + " is there, and belongs to another user"}
	}
	return nil
}

// publish gives the folder its name, for good. The lock keeps its name in the folder until then: another backup of this
// name would take one without for what a crash has left. From the rename on the backup is there, whatever else fails.
func (t *target) publish(p Params) error {
	if err := storage.SyncDir(t.partial); err != nil {
		return err
	}
	if p.published != nil {
		p.published(false)
	}
	if err := os.Remove(t.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("take the place of the empty folder: %w", err)
	}
	if err := os.Rename(t.partial, t.dir); err != nil {
		return fmt.Errorf("finish the backup: %w", err)
	}
	if p.published != nil {
		p.published(true)
	}
	err := errors.Join(storage.SyncDir(filepath.Dir(t.dir)),
		os.Remove(filepath.Join(t.dir, partialLock)), storage.SyncDir(t.dir), t.lock.Release())
	if err != nil {
		p.Log.Warn("the backup is there, and was not tidied up or synced", "dir", t.dir, "err", err)
	}
	return nil
}

// abandon removes what there is.
func (t *target) abandon() error {
	err := t.clear()
	if err := errors.Join(err, t.unlock()); err != nil {
		return err
	}
	// Between the two another may have come, and the folder is his.
	if err := os.Remove(t.partial); err != nil && !errors.Is(err, syscall.ENOTEMPTY) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// unlock takes the lock out of the folder and gives it back. Whoever waits for it by then finds that it has no name any
// more, and makes his own.
func (t *target) unlock() error {
	err := os.Remove(filepath.Join(t.partial, partialLock))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, t.lock.Release())
}
