package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"holon/modules/storage"
)

// checkTarget refuses a folder with something in it, and names that mean something else.
func checkTarget(dir string, stores []*storage.DB) error {
	parent, err := os.Stat(filepath.Dir(dir))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &TargetError{Dir: dir, Reason: "the folder it is to be made in is not there"}
	case err != nil && !isDenied(err):
		return &TargetError{Dir: dir, Reason: fmt.Sprintf("the folder it is to be made in is no use: %v", err), Err: err}
	case err != nil:
		return fmt.Errorf("look at the folder it is to be made in: %w", err)
	case strings.HasSuffix(dir, partialSuffix):
		return &TargetError{Dir: dir, Reason: "names that end in " + partialSuffix + " are those of backups that are not done"}
	}
	for _, s := range stores {
		inside, err := within(filepath.Dir(dir), storage.Restoring(s.Dir()))
		if err != nil {
			return err
		}
		if inside {
			return &TargetError{Dir: dir, Reason: "it is where a restore keeps its work, and removes it"}
		}
		if data, err := os.Stat(s.Dir()); err == nil && os.SameFile(parent, data) && isDataName(filepath.Base(dir)) {
			return &TargetError{Dir: dir, Reason: "the name has a meaning of its own in the data dir"}
		}
	}
	switch entries, err := os.ReadDir(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, syscall.ENOTDIR):
		return &TargetError{Dir: dir, Reason: "it is not a folder"}
	case err != nil:
		return fmt.Errorf("look at the folder for the backup: %w", err)
	case len(entries) > 0:
		return &TargetError{Dir: dir, Reason: "it is not empty; a backup needs a folder of its own"}
	}
	// The folder is going to be replaced, which cannot be done with the root of a disk.
	if mounted, err := isRoot(dir); err != nil || mounted {
		return errors.Join(err, &TargetError{Dir: dir, Reason: "a disk is mounted there; name a folder in it"})
	}
	return nil
}

// isDataName reports whether a name in a data dir is, or may become, that of something else than a backup.
func isDataName(name string) bool {
	module, _, dotted := strings.Cut(name, ".")
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, replacedPrefix) ||
		dotted && storage.IsModule(module) || slices.Contains([]string{"nodes", filepath.Base(storage.Restoring(""))}, name)
}

// isRoot reports whether dir is on another disk than the folder it is in.
func isRoot(dir string) (bool, error) {
	var own, parent syscall.Stat_t
	if err := errors.Join(syscall.Stat(dir, &own), syscall.Stat(filepath.Dir(dir), &parent)); err != nil {
		return false, fmt.Errorf("look at the folder for the backup: %w", err)
	}
	return own.Dev != parent.Dev, nil
}
