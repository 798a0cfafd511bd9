package backup

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"holon/modules/storage"
)

// Verify reads all of the backup in dir and finds out whether a node could live on it: that every file is there, byte
// for byte what was written, whole to the database's full check, and holds what the manifest says. It writes nothing,
// so the backup may be on a disk that cannot be written to.
//
// Errors: *BadError, with storage.ErrCorrupt in its chain when a file is damaged as a database, and ctx's.
func Verify(ctx context.Context, dir string) (Manifest, error) {
	m, err := Read(dir)
	if err != nil {
		return Manifest{}, err
	}
	return m, verify(ctx, dir, m.Stores)
}

// verify looks at the given files of a backup only.
func verify(ctx context.Context, dir string, stores []Store) error {
	for _, s := range stores {
		path := filepath.Join(dir, s.File)
		sum, bytes, err := digest(ctx, path, io.Discard)
		switch {
		case err != nil:
			return bad(dir, err)
		case bytes != s.Bytes:
			return bad(dir, fmt.Errorf("%s has %d bytes and not %d", s.File, bytes, s.Bytes))
		case sum != s.SHA256:
			return bad(dir, fmt.Errorf("%s was changed: its SHA-256 is %s and not %s", s.File, sum, s.SHA256))
		}
		if err := examine(ctx, path, s); err != nil {
			return bad(dir, err)
		}
	}
	return nil
}

// examine has the database look at a file and compares what it holds with what it should.
func examine(ctx context.Context, path string, s Store) error {
	has, err := storage.Examine(ctx, path, s.Module)
	switch {
	case err != nil:
		return fmt.Errorf("examine %s: %w", s.File, err)
	case has.StoreID != s.StoreID:
		return fmt.Errorf("%s is store %s, the manifest says %s", s.File, has.StoreID, s.StoreID)
	}
	return differ(has, s)
}
