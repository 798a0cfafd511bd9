package main

import (
	"errors"
	"slices"
	"time"

	"holon/modules/storage"
)

// adviseRestore adds to an error of damaged data the command that puts a backup in its place.
func adviseRestore(err error, dir string, stores []string) error {
	if unfinished, ok := errors.AsType[*storage.UnfinishedRestoreError](err); ok {
		var only []string
		if slices.ContainsFunc(stores, func(m string) bool { return !slices.Contains(unfinished.Modules, m) }) {
			only = unfinished.Modules
		}
		return &failure{code: exitCorrupt, text: err.Error(), next: restoreCommand(unfinished.From, dir, only) + "   (it finishes it)"}
	}
	if !errors.Is(err, storage.ErrCorrupt) {
		return err
	}
	const kept = "\n    the damaged file is as it was found; restore moves it to a folder beside. --only MODULE restores one module alone."
	if last := newestBackup(dir, stores); last != nil {
		return &failure{code: exitCorrupt, text: err.Error(),
			next: restoreCommand(last.Dir, dir, nil) + "   (the last backup, as of " + last.TakenAt.Format(time.RFC3339) + ")" + kept}
	}
	return &failure{code: exitCorrupt, text: err.Error(),
		next: restoreCommand("BACKUP", dir, nil) + "   (BACKUP is the folder of one; none is remembered here)" + kept}
}

// storesHere are the modules of this node that keep data.
func (n *node) storesHere() []string {
	var names []string
	for _, s := range n.in.Host.Stores() {
		names = append(names, s.Module())
	}
	return names
}
