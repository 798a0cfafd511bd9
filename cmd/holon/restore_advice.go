package main

import (
	"errors"
	"slices"
	"time"

	"holon/modules/storage"
	"holon/modules/storage/backup"
)

// adviseRestore adds to an error of damaged data the command that puts a backup in its place. Where the backup has more
// than the node's stores, the command leaves the rest alone: it is somebody else's.
func adviseRestore(err error, dir string, stores []string) error {
	if unfinished, ok := errors.AsType[*storage.UnfinishedRestoreError](err); ok {
		return &failure{code: exitCorrupt, text: err.Error(),
			next: restoreCommand(unfinished.From, dir, lessThan(unfinished.From, unfinished.Modules)) + "   (it finishes it)"}
	}
	if !errors.Is(err, storage.ErrCorrupt) {
		return err
	}
	const kept = "\n    the file is as it was found; restore moves it to a folder replaced-<time> in the data dir. --only MODULE restores one module alone."
	next := restoreCommand("BACKUP", dir, nil) + "   (BACKUP is the folder of one; none is remembered here)"
	if last := newestBackup(dir, stores); last != nil {
		next = restoreCommand(last.Dir, dir, lessThan(last.Dir, stores)) + "   (the last backup, as of " + last.TakenAt.Format(time.RFC3339) + ")"
	}
	return &failure{code: exitCorrupt, text: err.Error(), next: next + kept + newStore(err)}
}

// lessThan returns the modules where the backup has others too, nil where it has just these.
func lessThan(dir string, modules []string) []string {
	m, err := backup.Read(dir)
	if err == nil && slices.Equal(m.Modules(), slices.Sorted(slices.Values(modules))) {
		return nil
	}
	return modules
}

// newStore is how to go on without the data that is missing, for errors that say so.
func newStore(err error) string {
	lost, isLost := errors.AsType[*storage.LostStoreError](err)
	other, isOther := errors.AsType[*storage.OtherStoreError](err)
	switch {
	case isLost && lost.Journal:
		return "\n    To go on without it, move its journal away, which holds what was committed last; then: holon run --new-store " + lost.Module
	case isLost:
		return "\n    To go on without it, with nothing in it: holon run --new-store " + lost.Module
	case isOther:
		return "\n    To go on with what is there instead: holon run --new-store " + other.Module
	}
	return ""
}

// storesHere are the modules of this node that keep data.
func (n *node) storesHere() []string {
	var names []string
	for _, s := range n.in.Host.Stores() {
		names = append(names, s.Module())
	}
	return names
}
