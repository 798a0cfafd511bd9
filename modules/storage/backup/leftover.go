package backup

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"holon/modules/storage"
)

// clear removes what a backup consists of, and nothing else: the name may be that of somebody's folder.
func (t *target) clear() error {
	foreign, err := removeOurs(t.partial, func(name string) bool { return isStore(name) || name == manifestFile }, partialLock)
	switch {
	case err != nil:
		return fmt.Errorf("remove what is left of an earlier backup: %w", err)
	case foreign != "":
		return &TargetError{Dir: t.dir, Reason: fmt.Sprintf("%s holds %s, which is no part of a backup", t.partial, foreign)}
	}
	return nil
}

// removeOurs removes the entries of a folder that are ours and leaves those that are kept. When there is another it removes
// nothing and returns its name.
func removeOurs(dir string, ours func(name string) bool, kept ...string) (foreign string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return slices.Contains(kept, e.Name()) })
	for _, e := range entries {
		if !ours(e.Name()) {
			return e.Name(), nil
		}
	}
	for _, e := range entries {
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return "", err
		}
	}
	return "", nil
}

// isStore reports whether a name is that of a module's database or of a file that belongs to one.
func isStore(name string) bool {
	for _, suffix := range append(storage.Suffixes[:], "") {
		if module, ok := strings.CutSuffix(name, storage.FileOf("")+suffix); ok && storage.IsModule(module) {
			return true
		}
	}
	return false
}
