package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// note is what a data dir remembers of the store of a module, in a file of its own: a database that vanished cannot
// say that it was there.
type note struct {
	Module  string `json:"module"`
	StoreID string `json:"store_id"`
	// Since is when the store was first noted here.
	Since time.Time `json:"since"`
	// Placed says that somebody put the store here on purpose, by a restore or with NewStore, and that it was no home since:
	// who remembers another store of the module is wrong.
	Placed bool `json:"placed,omitempty"`
}

// unwrittenNote is what the name of a note ends in until all of it is on disk.
const unwrittenNote = ".new"

// NoteOf returns the name of the file in the data dir that remembers the module's store.
func NoteOf(module string) string { return module + ".store" }

// Remember notes that the module's file in the data dir is the store with this id, put there on purpose in the place of any
// other, on disk when it returns. The file itself is on disk by then: a note without one would keep the module from opening. The
// caller holds the module's lock.
func Remember(dataDir, module, storeID string) error {
	return remember(dataDir, note{Module: module, StoreID: storeID, Placed: true})
}

func remember(dataDir string, n note) error {
	module := n.Module
	n.Since = time.Now().UTC().Truncate(time.Second)
	path := filepath.Join(dataDir, NoteOf(module))
	text, err := json.Marshal(n)
	if err == nil {
		err = writeNote(path+unwrittenNote, append(text, '\n'))
	}
	if err == nil {
		err = os.Rename(path+unwrittenNote, path)
	}
	if err == nil {
		err = SyncDir(dataDir)
	}
	if err != nil {
		return fmt.Errorf("note the store of module %s in %s: %w", module, path, err)
	}
	return nil
}

// writeNote makes a file that only the data dir's owner reads. What a crash left of one goes first; through a link of
// that name root would write to what anybody chose.
func writeNote(path string, text []byte) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		var heir Heir
		if heir, err = HeirOf(filepath.Dir(path)); err == nil {
			err = heir.Give(f)
		}
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// readNote returns nil when nothing is remembered.
func readNote(dataDir, module string) (*note, error) {
	path := filepath.Join(dataDir, NoteOf(module))
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	n := &note{}
	if err == nil {
		err = json.Unmarshal(text, n)
	}
	switch {
	case err != nil:
	case n.Module != module:
		err = fmt.Errorf("it is a note of module %q", n.Module)
	case n.StoreID == "":
		err = errors.New("it names no store")
	default:
		return n, nil
	}
	return nil, fmt.Errorf("%s, which remembers the store of module %s, cannot be read: %w: "+
		"if %s is the right file, remove the note and it is written anew", path, module, err, FileOf(module))
}
