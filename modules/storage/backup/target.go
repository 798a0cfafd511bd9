package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"holon/modules/storage"
)

// target is the folder that becomes the backup. Until it is whole it has another name beside its own.
type target struct {
	dir, partial string
	lock         *storage.Lock
}

const partialLock = "lock"

// claim makes the folder under its other name, for this process alone, and takes away what a crash left in it.
func claim(to string, p Params) (_ *target, err error) {
	dir, err := filepath.Abs(to)
	if err != nil {
		return nil, fmt.Errorf("find the folder for the backup: %w", err)
	}
	if err := checkTarget(dir, p.Stores); err != nil {
		return nil, err
	}
	t := &target{dir: dir, partial: dir + ".partial"}
	if err := os.Mkdir(t.partial, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make the folder for the backup: %w", err)
	}
	if t.lock, err = storage.Acquire(filepath.Join(t.partial, partialLock), storage.ThisProcess(p.Node)); err != nil {
		return nil, err
	}
	if err = t.clear(); err == nil {
		err = os.Chmod(t.partial, 0o700)
	}
	if err != nil {
		return nil, errors.Join(err, t.lock.Release())
	}
	return t, nil
}

// checkTarget refuses a folder with something in it, and names that mean something else in a data dir.
func checkTarget(dir string, stores []*storage.DB) error {
	parent, err := os.Stat(filepath.Dir(dir))
	if err != nil {
		return &TargetError{dir, "the folder it is to be made in is not there"}
	}
	for _, s := range stores {
		name := filepath.Base(dir)
		own := strings.HasPrefix(name, s.Module()+".") || strings.HasPrefix(name, replacedPrefix) ||
			name == filepath.Base(storage.Restoring(""))
		if data, err := os.Stat(s.Dir()); own && err == nil && os.SameFile(parent, data) {
			return &TargetError{dir, "the name has a meaning of its own in the data dir"}
		}
	}
	switch entries, err := os.ReadDir(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, syscall.ENOTDIR):
		return &TargetError{dir, "it is not a folder"}
	case err != nil:
		return fmt.Errorf("look at the folder for the backup: %w", err)
	case len(entries) > 0:
		return &TargetError{dir, "it is not empty; a backup needs a folder of its own"}
	}
	// The folder is going to be replaced, which cannot be done with the root of a disk.
	if mounted, err := isRoot(dir); err != nil || mounted {
		return errors.Join(err, &TargetError{dir, "a disk is mounted there; name a folder in it"})
	}
	return nil
}

// isRoot reports whether dir is on another disk than the folder it is in.
func isRoot(dir string) (bool, error) {
	var own, parent syscall.Stat_t
	if err := errors.Join(syscall.Stat(dir, &own), syscall.Stat(filepath.Dir(dir), &parent)); err != nil {
		return false, fmt.Errorf("look at the folder for the backup: %w", err)
	}
	return own.Dev != parent.Dev, nil
}

// publish gives the folder its name, for good.
func (t *target) publish() error {
	// Whoever waits for this name fails on a folder that is gone; he has no lock on the backup.
	if err := os.Remove(filepath.Join(t.partial, partialLock)); err != nil {
		return fmt.Errorf("finish the backup: %w", err)
	}
	if err := storage.SyncDir(t.partial); err != nil {
		return err
	}
	if err := os.Remove(t.dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("take the place of the empty folder: %w", err)
	}
	if err := os.Rename(t.partial, t.dir); err != nil {
		return fmt.Errorf("finish the backup: %w", err)
	}
	return errors.Join(storage.SyncDir(filepath.Dir(t.dir)), t.lock.Release())
}

// abandon removes what there is.
func (t *target) abandon() error {
	err := t.clear()
	if err == nil {
		err = os.Remove(filepath.Join(t.partial, partialLock))
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = os.Remove(t.partial)
	}
	return errors.Join(err, t.lock.Release())
}
