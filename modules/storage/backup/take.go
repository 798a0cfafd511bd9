package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"holon/modules/storage"
)

// Params are what Take needs.
type Params struct {
	// Stores are open. What they hold is copied as of one instant.
	Stores []*storage.DB
	// To is a folder that is not there yet, in one that is, or an empty one.
	To string
	// Node and Version are written into the manifest.
	Node, Version string
	// Reserve is how many bytes must stay free on the disk that holds To, and on those of the stores.
	Reserve int64
	// Summary returns what is counted of a store beside its rows, from its copy; it may be nil.
	Summary func(context.Context, storage.DBTX) (map[string]int64, error)
	// Progress is told how much of a module's file is copied, in bytes; it may be nil.
	Progress func(module string, done, total int64)
	// Log may be nil.
	Log *slog.Logger

	// published is called by tests just before and after the folder gets its name.
	published func(after bool)
}

// Take makes a backup of running stores in the folder p.To. Writers stand still for a moment at its beginning and reads
// never. The folder is there when Take returns nil, verified, and not at all when it returns an error.
//
// Errors: *TargetError before anything is written, *RoomError then and when a disk gets low meanwhile,
// *storage.LockedError when another process makes the same backup, *storage.CorruptError when a store is damaged,
// Unavailable when one is closed or its writer does not stand still, ctx's, and those of the file system.
func Take(ctx context.Context, p Params) (m Manifest, err error) {
	began := time.Now()
	if len(p.Stores) == 0 {
		return Manifest{}, errors.New("take a backup: no stores are given")
	}
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	if err := p.checkJournals(); err != nil {
		return Manifest{}, fmt.Errorf("take a backup: %w", err)
	}
	t, err := claim(p.To, p)
	if err != nil {
		return Manifest{}, fmt.Errorf("take a backup: %w", err)
	}
	if m, err = take(ctx, p, t); err == nil {
		err = t.publish(p)
	}
	if err != nil {
		return Manifest{}, errors.Join(fmt.Errorf("take a backup: %w", roomless(t.partial, err)), t.abandon())
	}
	p.Log.Info("backup taken", "dir", t.dir, "bytes", m.Bytes(),
		"held", (time.Duration(m.HeldMicros) * time.Microsecond).String(), "took", time.Since(began).String())
	return m, nil
}

func take(ctx context.Context, p Params, t *target) (Manifest, error) {
	m, err := copyAll(ctx, p, t)
	if err != nil {
		return Manifest{}, err
	}
	// No snapshot is open any more: nobody's journal grows while the copies are read.
	for i := range m.Stores {
		if err := m.Stores[i].describe(ctx, p, t); err != nil {
			return Manifest{}, fmt.Errorf("copy of module %s: %w", m.Stores[i].Module, p.damaged(m.Stores[i].Module, err))
		}
	}
	return m, m.write(t.partial)
}

// describe reads all of a copy and notes what it holds.
func (s *Store) describe(ctx context.Context, p Params, t *target) error {
	path := filepath.Join(t.partial, s.File)
	has, err := storage.Examine(ctx, path, s.Module)
	if err != nil {
		return fmt.Errorf("examine %s: %w", s.File, err)
	}
	s.StoreID, s.Schema, s.Rows = has.StoreID, has.Schema, has.Rows
	if p.Summary != nil {
		err := storage.View(ctx, path, s.Module, func(ctx context.Context, db storage.DBTX) (err error) {
			s.Summary, err = p.Summary(ctx, db)
			return err
		})
		if err != nil {
			return fmt.Errorf("summarise %s: %w", s.File, err)
		}
	}
	s.SHA256, s.Bytes, err = digest(ctx, path, io.Discard)
	return err
}

// copyAll copies all stores as of one instant.
func copyAll(ctx context.Context, p Params, t *target) (_ Manifest, err error) {
	cut, err := storage.TakeCut(ctx, p.Stores)
	if err != nil {
		return Manifest{}, err
	}
	defer func() { err = errors.Join(err, cut.Close(ctx)) }()
	var total int64
	for _, s := range cut.Snapshots {
		n, err := s.Size(ctx)
		if err != nil {
			return Manifest{}, err
		}
		total += n
	}
	if err := checkRoom(t.partial, total, p.Reserve); err != nil {
		return Manifest{}, err
	}
	p.Log.Info("taking a backup", "dir", t.dir, "bytes", total, "held", cut.Held.String())
	m := Manifest{
		Format: Format, Holon: p.Version, Node: p.Node, TakenAt: cut.At, HeldMicros: cut.Held.Microseconds(),
	}
	for _, s := range cut.Snapshots {
		one := Store{Module: s.Module(), File: storage.FileOf(s.Module())}
		err := s.Copy(ctx, filepath.Join(t.partial, one.File), p.watch(one.Module))
		if err := errors.Join(err, s.Close(ctx)); err != nil {
			return Manifest{}, err
		}
		m.Stores = append(m.Stores, one)
	}
	return m, nil
}
