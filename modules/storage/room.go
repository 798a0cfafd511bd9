package storage

import (
	"fmt"
	"path/filepath"
	"syscall"
)

// Free returns how many bytes the disk that holds the database has left for this process.
func (d *DB) Free() (int64, error) { return Free(filepath.Dir(resolve(d.path))) }

// Free returns how many bytes the disk that holds dir has left for this process.
func Free(dir string) (int64, error) {
	s, err := statfs(dir)
	if err != nil {
		return 0, err
	}
	return room(s), nil
}

// roomLimit is the free space, in bytes, under which an unexplained error is taken for a full disk.
const roomLimit = 1 << 20

// noRoom reports whether the disk has no room for what the database needs: space or, where they are counted, files.
func (d *DB) noRoom() bool {
	s, err := statfs(filepath.Dir(resolve(d.path)))
	if err != nil {
		return false
	}
	return room(s) < roomLimit || s.Files > 0 && s.Ffree == 0
}

// hasRoom notes that something reached the disk.
func (d *DB) hasRoom() {
	if d.wasFull.Load() && d.wasFull.CompareAndSwap(true, false) {
		d.log.Info("the disk has room again: writes are taken")
	}
}

func room(s syscall.Statfs_t) int64 {
	return int64(s.Bavail) * int64(s.Bsize) //nolint:unconvert // its type differs between systems
}

func statfs(dir string) (s syscall.Statfs_t, err error) {
	if err := syscall.Statfs(dir, &s); err != nil {
		return s, fmt.Errorf("ask for the free space below %s: %w", dir, err)
	}
	return s, nil
}
