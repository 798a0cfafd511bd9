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
	entries, err := os.ReadDir(t.partial)
	if err != nil {
		return fmt.Errorf("look at what is left of an earlier backup: %w", err)
	}
	for _, e := range entries {
		if e.Name() != partialLock && !isOurs(e.Name()) {
			return &TargetError{t.dir, fmt.Sprintf("%s holds %s, which is no part of a backup", t.partial, e.Name())}
		}
	}
	for _, e := range entries {
		if e.Name() == partialLock {
			continue
		}
		if err := os.Remove(filepath.Join(t.partial, e.Name())); err != nil {
			return fmt.Errorf("remove what is left of an earlier backup: %w", err)
		}
	}
	return nil
}

func isOurs(name string) bool {
	for _, suffix := range append(storage.Suffixes[:], "") {
		if module, ok := strings.CutSuffix(name, storage.FileOf("")+suffix); ok && storage.IsModule(module) {
			return true
		}
	}
	return slices.Contains([]string{manifestFile, partialLock}, name)
}
