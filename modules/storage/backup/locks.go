package backup

import (
	"errors"

	"holon/modules/storage"
)

// held are locks.
type held []*storage.Lock

// lockModules keeps every node from the modules.
func (p *RestoreParams) lockModules(modules []string) (locks held, err error) {
	for _, m := range modules {
		l, err := storage.Acquire(storage.LockFile(p.DataDir, m), storage.ThisProcess(p.Node))
		if err != nil {
			return nil, errors.Join(err, locks.release())
		}
		locks = append(locks, l)
	}
	return locks, nil
}

func (h held) release() error {
	var errs []error
	for _, l := range h {
		errs = append(errs, l.Release())
	}
	return errors.Join(errs...)
}
