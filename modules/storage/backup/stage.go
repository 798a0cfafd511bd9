package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"holon/modules/storage"
)

// stage copies the stores into the data dir, to where no module looks, and prepares them there. What an earlier restore
// left there had not been used for anything.
func (p *RestoreParams) stage(ctx context.Context, m Manifest, stores []Store) (*plan, error) {
	dir := storage.Restoring(p.DataDir)
	if err := os.RemoveAll(dir); err != nil {
		return nil, fmt.Errorf("remove what is left of an earlier restore: %w", err)
	}
	if err := checkRoom(p.DataDir, Manifest{Stores: stores}.Bytes(), 0); err != nil {
		return nil, err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make a folder for the copies: %w", err)
	}
	plan := &plan{Swap: storage.Swap{From: p.From, Modules: modulesOf(stores)}, Manifest: m}
	for _, s := range stores {
		path := filepath.Join(dir, s.File)
		if err := copyFile(ctx, filepath.Join(p.From, s.File), path, s); err != nil {
			return nil, fmt.Errorf("copy module %s: %w", s.Module, err)
		}
		done := RestoredStore{Module: s.Module, StoreID: s.StoreID}
		if p.Prepare != nil {
			err := storage.Edit(ctx, path, func(ctx context.Context, tx storage.DBTX) (err error) {
				done.Prepared, err = p.Prepare(ctx, s.Module, tx)
				return err
			})
			if err != nil {
				return nil, fmt.Errorf("prepare module %s: %w", s.Module, err)
			}
		}
		plan.Stores = append(plan.Stores, done)
	}
	return plan, errors.Join(storage.SyncDir(dir), storage.SyncDir(p.DataDir))
}
