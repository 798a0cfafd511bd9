package backup

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"holon/modules/storage"
)

// checkPlaced tells a copy that is in its place already from one that somebody took away while the old file was there.
func (l *plan) checkPlaced(module, place string) error {
	number, err := inode(place)
	if err != nil {
		return fmt.Errorf("neither the copy of module %s nor its file is there: %w", module, err)
	}
	if staged, noted := l.Staged[module]; noted && staged != number {
		return fmt.Errorf("the copy of module %s is gone, and %s is another file: put the copy back, or move %s away and "+
			"restore again", module, place, filepath.Dir(storage.SwapFile(filepath.Dir(place))))
	}
	return nil
}

// inode returns the number that a file keeps under whatever name on its disk.
func inode(path string) (uint64, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return 0, err
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, fmt.Errorf("%s has no number on its disk", path)
	}
	return s.Ino, nil
}
