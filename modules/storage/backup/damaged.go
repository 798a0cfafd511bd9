package backup

import (
	"errors"
	"fmt"
	"path/filepath"

	"holon/modules/storage"
)

// damaged says of damage in a module's copy that the store has it: a copy is made of the store's own pages, and it is
// the store that somebody has to look after, not a folder that will be gone.
func (p *Params) damaged(module string, err error) error {
	found, is := errors.AsType[*storage.CorruptError](err)
	if !is {
		return err
	}
	path := storage.FileOf(module)
	for _, d := range p.Stores {
		if d.Module() == module {
			path = filepath.Join(d.Dir(), path)
		}
	}
	return &storage.CorruptError{Module: module, Path: path, Err: fmt.Errorf("found in its copy: %w", found.Err)}
}
