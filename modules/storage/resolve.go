package storage

import (
	"os"
	"path/filepath"
)

// resolve returns where a database file is in truth. One that is a link to another disk has its journal there too:
// that is where the database keeps it.
func resolve(path string) string {
	if full, err := filepath.EvalSymlinks(path); err == nil {
		return full
	}
	to, err := os.Readlink(path) // to a file that is not there yet
	switch {
	case err != nil:
		return path
	case filepath.IsAbs(to):
		return to
	default:
		return filepath.Join(filepath.Dir(path), to)
	}
}

func journalOf(path string) string { return resolve(path) + "-wal" }
