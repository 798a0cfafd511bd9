package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"holon/modules/storage"
)

// existing lists the files of the modules in the data dir. A journal alone counts: beside another file than its own it
// would be taken for that one's.
func (p *RestoreParams) existing(modules []string) (found []string, err error) {
	for _, m := range modules {
		for _, name := range filesOf(m) {
			info, err := os.Lstat(filepath.Join(p.DataDir, name))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("look for data of module %s: %w", m, err)
			}
			if !info.Mode().IsRegular() {
				return nil, fmt.Errorf("%s is no regular file, and what belongs to it may be elsewhere: move it away yourself",
					filepath.Join(p.DataDir, name))
			}
			found = append(found, fmt.Sprintf("%s (%d bytes)", name, info.Size()))
		}
	}
	return found, nil
}

// filesOf returns the names of a module's files, the database first.
func filesOf(module string) []string {
	names := []string{storage.FileOf(module)}
	for _, suffix := range storage.Suffixes {
		names = append(names, storage.FileOf(module)+suffix)
	}
	return names
}
