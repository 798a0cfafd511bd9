package backup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"

	"holon/modules/storage"
)

// RestoreParams are what Restore needs.
type RestoreParams struct {
	// From is the folder of the backup, DataDir that of the node, which is stopped.
	From, DataDir string
	// Only are the modules to restore, all of the backup's when there are none. Modules hold what they have heard of each
	// other: one that is restored alone may be behind what others know of it.
	Only []string
	// Replace allows data of these modules to be there already. It is moved away and never removed.
	Replace bool
	// Node is told to those who find the data locked; it may be empty.
	Node string
	// Prepare makes a module's copy fit to be used; it may be nil. What it counts is returned.
	Prepare func(ctx context.Context, module string, tx storage.DBTX) (map[string]int64, error)
	// Log may be nil.
	Log *slog.Logger

	// before is called by tests before each step of the exchange; an error ends the restore as a crash would.
	before func(step string) error
	// heir is to whom all belongs that is made in the data dir.
	heir storage.Heir
}

// Restored is what a restore has done.
type Restored struct {
	Manifest Manifest        `json:"manifest"`
	Stores   []RestoredStore `json:"stores"`
	// Replaced is the folder with the files that were there before, "" when there were none.
	Replaced string `json:"replaced,omitempty"`
	// Finished says that an earlier restore had been interrupted, and that this one did only what was left of it.
	Finished bool `json:"finished,omitempty"`

	// from is the backup.
	from string
}

// RestoredStore is one module's.
type RestoredStore struct {
	Module string `json:"module"`
	// StoreID is the new id that its copy was given.
	StoreID string `json:"store_id"`
	// Prepared is what Prepare has counted.
	Prepared map[string]int64 `json:"prepared,omitempty"`
}

// restoreLock lets one restore at a time work in a data dir. No module has this name.
const restoreLock = ".restore.lock"

// Restore puts the databases of a backup into a data dir. The backup is verified before, and all copies are ready before
// the first file is exchanged; an error up to then leaves everything as it was. A restore that was interrupted while it
// exchanged files is finished first, and when it was this same one that is all. What root makes in a data dir belongs to
// the dir's owner.
//
// Errors: *BadError for a backup that is not good, *storage.LockedError when a module is in use, *ExistsError when there
// is data and Replace is not set, *RoomError, *storage.UnfinishedRestoreError when it failed amid the exchange and has
// to be run again, ctx's, Prepare's, and those of the file system. *FinishedError is around them when another restore
// was finished first.
func Restore(ctx context.Context, p RestoreParams) (r Restored, err error) {
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	if p.From, err = filepath.Abs(p.From); err == nil {
		p.DataDir, err = filepath.Abs(p.DataDir)
	}
	if err != nil {
		return Restored{}, fmt.Errorf("restore: %w", err)
	}
	if err := storage.MkdirAllSynced(p.DataDir); err != nil {
		return Restored{}, fmt.Errorf("restore: make data dir: %w", err)
	}
	if p.heir, err = storage.HeirOf(p.DataDir); err != nil {
		return Restored{}, fmt.Errorf("restore: %w", err)
	}
	if err := p.checkFrom(); err != nil {
		return Restored{}, fmt.Errorf("restore: %w", err)
	}
	lock, err := storage.Acquire(filepath.Join(p.DataDir, restoreLock), storage.ThisProcess(p.Node))
	if err != nil {
		return Restored{}, fmt.Errorf("restore: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	earlier, same, err := p.finish()
	if r = earlier; err == nil && !same {
		r, err = p.restore(ctx)
	}
	if err != nil && earlier.Finished {
		err = &FinishedError{Dir: p.DataDir, From: earlier.from, TakenAt: earlier.Manifest.TakenAt, Err: err}
	}
	if err != nil {
		return Restored{}, fmt.Errorf("restore: %w", err)
	}
	p.Log.Info("restored", "from", p.From, "data_dir", p.DataDir, "taken_at", r.Manifest.TakenAt, "replaced", r.Replaced)
	return r, nil
}

func (p *RestoreParams) restore(ctx context.Context) (_ Restored, err error) {
	m, err := Read(p.From)
	if err != nil {
		return Restored{}, err
	}
	stores, err := p.choose(m)
	if err != nil {
		return Restored{}, err
	}
	locks, err := p.lockModules(modulesOf(stores))
	if err != nil {
		return Restored{}, err
	}
	defer func() { err = errors.Join(err, locks.release()) }()
	there, err := p.existing(modulesOf(stores))
	if err != nil {
		return Restored{}, err
	}
	if len(there) > 0 && !p.Replace {
		return Restored{}, &ExistsError{Dir: p.DataDir, Files: there}
	}
	if err := verify(ctx, p.From, stores); err != nil {
		return Restored{}, err
	}
	// What an earlier restore left there had not been used for anything.
	if err := p.clearStage(); err != nil {
		return Restored{}, err
	}
	plan, err := p.stage(ctx, m, stores)
	if err == nil {
		err = plan.begin(p, len(there) > 0)
	}
	if err != nil {
		return Restored{}, errors.Join(roomless(p.DataDir, err), p.clearStage())
	}
	return plan.swap(p)
}

// checkFrom refuses a backup in the place where a restore keeps its work: it would be removed.
func (p *RestoreParams) checkFrom() error {
	inside, err := within(p.From, storage.Restoring(p.DataDir))
	if inside {
		err = fmt.Errorf("the backup is in %s, where a restore keeps its work: move it", storage.Restoring(p.DataDir))
	}
	return err
}

// choose returns the stores of the backup that are to be restored.
func (p *RestoreParams) choose(m Manifest) ([]Store, error) {
	for _, name := range p.Only {
		if !slices.Contains(m.Modules(), name) {
			return nil, fmt.Errorf("backup %s has no module %q, but %s", p.From, name, strings.Join(m.Modules(), ", "))
		}
	}
	return slices.DeleteFunc(slices.Clone(m.Stores), func(s Store) bool {
		return len(p.Only) > 0 && !slices.Contains(p.Only, s.Module)
	}), nil
}

func modulesOf(stores []Store) []string { return Manifest{Stores: stores}.Modules() }
