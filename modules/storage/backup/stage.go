package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"holon/modules/storage"
)

// stage copies the stores into the data dir, to where no module looks, and prepares them there.
func (p *RestoreParams) stage(ctx context.Context, m Manifest, stores []Store) (*plan, error) {
	dir := storage.Restoring(p.DataDir)
	need := Manifest{Stores: stores}.Bytes()
	if p.Prepare != nil {
		need *= 2 // it may change every page, and keeps what was there until it is done
	}
	if err := checkRoom(p.DataDir, need, 0); err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make a folder for the copies: %w", err)
	}
	if err := p.heir.GiveDir(dir); err != nil {
		return nil, err
	}
	plan := &plan{Swap: storage.Swap{From: p.From, Modules: modulesOf(stores)}, Manifest: m, Staged: map[string]uint64{}}
	for _, s := range stores {
		done, err := p.stageOne(ctx, s)
		if err != nil {
			return nil, err
		}
		if plan.Staged[s.Module], err = inode(filepath.Join(dir, s.File)); err != nil {
			return nil, err
		}
		plan.Stores = append(plan.Stores, done)
	}
	return plan, errors.Join(storage.SyncDir(dir), storage.SyncDir(p.DataDir))
}

func (p *RestoreParams) stageOne(ctx context.Context, s Store) (RestoredStore, error) {
	path := filepath.Join(storage.Restoring(p.DataDir), s.File)
	if err := copyFile(ctx, filepath.Join(p.From, s.File), path, s, p.heir); err != nil {
		return RestoredStore{}, fmt.Errorf("copy module %s: %w", s.Module, err)
	}
	done := RestoredStore{Module: s.Module}
	err := storage.Edit(ctx, path, s.Module, func(ctx context.Context, tx storage.DBTX) (err error) {
		// The store that the backup was taken of may still be somewhere, with more in it. They must not pass for each other.
		if done.StoreID, err = storage.Renew(ctx, path, s.Module, tx); err == nil && p.Prepare != nil {
			done.Prepared, err = p.Prepare(ctx, s.Module, tx)
		}
		return err
	})
	if err != nil {
		return RestoredStore{}, fmt.Errorf("prepare module %s: %w", s.Module, err)
	}
	return done, nil
}

// clearStage removes the folder of a restore with what one keeps in it. A folder with anything else stays: it may be all
// that somebody has of it.
func (p *RestoreParams) clearStage() error {
	dir := storage.Restoring(p.DataDir)
	info, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err == nil && !info.IsDir():
		return fmt.Errorf("%s is in the way of a restore, and is no folder: move it", dir)
	}
	var foreign string
	if err == nil {
		foreign, err = removeOurs(dir, p.isStaged)
	}
	if foreign != "" {
		return fmt.Errorf("%s holds %s, which no restore has put there: move it", dir, foreign)
	}
	if err == nil {
		err = os.Remove(dir)
	}
	if err != nil {
		return fmt.Errorf("remove what is left of an earlier restore: %w", err)
	}
	return nil
}

func (p *RestoreParams) isStaged(name string) bool {
	swap := filepath.Base(storage.SwapFile(p.DataDir))
	return isStore(name) || name == swap || name == swap+unwritten
}
