package storage

import (
	"fmt"
	"syscall"
)

// Free returns how many bytes the disk that holds the database has left for this process.
func (d *DB) Free() (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(d.dir, &s); err != nil {
		return 0, fmt.Errorf("ask for the free space below %s: %w", d.dir, err)
	}
	return int64(s.Bavail) * int64(s.Bsize), nil //nolint:unconvert // its type differs between systems
}
