package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"holon/modules/storage"
)

// plan is what is left to do when all copies are ready. It is all that a later process needs to finish.
type plan struct {
	storage.Swap
	Manifest Manifest        `json:"manifest"`
	Stores   []RestoredStore `json:"stores"`
	// Staged holds the inode number of each module's copy, which it keeps when it moves to its place.
	Staged map[string]uint64 `json:"staged,omitempty"`
}

const (
	replacedPrefix = "replaced-"
	// unwritten is what the plan's name ends in until all of it is on disk.
	unwritten = ".new"
)

// begin writes the plan down. From the rename on the modules do not open before it is done.
func (l *plan) begin(p *RestoreParams, replaces bool) (err error) {
	if replaces {
		if l.Replaced, err = p.makeReplaced(); err != nil {
			return err
		}
		defer func() {
			if err != nil {
				_ = os.Remove(filepath.Join(p.DataDir, l.Replaced)) // it is empty, and in nobody's way
			}
		}()
	}
	text, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	file := storage.SwapFile(p.DataDir)
	if err := writeFile(file+unwritten, append(text, '\n'), p.heir); err != nil {
		return fmt.Errorf("write down what is to be exchanged: %w", err)
	}
	if err := p.step("begin"); err != nil {
		return err
	}
	if err := os.Rename(file+unwritten, file); err != nil {
		return fmt.Errorf("write down what is to be exchanged: %w", err)
	}
	return nil
}

// makeReplaced makes a folder for what is replaced now.
func (p *RestoreParams) makeReplaced() (name string, err error) {
	stamp := replacedPrefix + time.Now().UTC().Format("20060102T150405Z")
	for n := 1; ; n++ {
		name = stamp
		if n > 1 {
			name = fmt.Sprint(stamp, "-", n)
		}
		if err = os.Mkdir(filepath.Join(p.DataDir, name), 0o700); !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	if err == nil {
		err = p.heir.GiveDir(filepath.Join(p.DataDir, name))
	}
	if err != nil {
		return "", fmt.Errorf("make a folder for what is replaced: %w", err)
	}
	return name, storage.SyncDir(p.DataDir)
}

// swap exchanges the files. It may be run again from whatever point it was left at. It does not look at a context:
// being half done is the worst that can happen to it.
func (l *plan) swap(p *RestoreParams) (Restored, error) {
	err := storage.SyncDir(storage.Restoring(p.DataDir))
	for _, module := range l.Modules {
		if err == nil {
			err = l.exchange(p, module)
		}
	}
	if err == nil {
		err = p.step("done")
	}
	if err == nil {
		err = os.Remove(storage.SwapFile(p.DataDir))
	}
	if err != nil {
		return Restored{}, fmt.Errorf("%w: %w", &storage.UnfinishedRestoreError{Dir: p.DataDir, Swap: l.Swap}, err)
	}
	r := Restored{Manifest: l.Manifest, Stores: l.Stores}
	if l.Replaced != "" {
		r.Replaced = filepath.Join(p.DataDir, l.Replaced)
	}
	err = errors.Join(storage.SyncDir(storage.Restoring(p.DataDir)), p.clearStage(), storage.SyncDir(p.DataDir))
	if err != nil {
		p.Log.Warn("the restore is done, and was not tidied up or synced", "data_dir", p.DataDir, "err", err)
	}
	return r, nil
}

// place moves a module's files away and its copy to their place. The copy comes last and when everything else is known
// to be gone: a journal of the old file beside the new one would be played into it.
func (l *plan) place(p *RestoreParams, module string) error {
	staged := filepath.Join(storage.Restoring(p.DataDir), storage.FileOf(module))
	place := filepath.Join(p.DataDir, storage.FileOf(module))
	if _, err := os.Lstat(staged); errors.Is(err, fs.ErrNotExist) {
		return l.checkPlaced(module, place)
	} else if err != nil {
		return err
	}
	names := filesOf(module)
	if l.Replaced != "" { // else there is nothing that the note could go with
		names = append(names, storage.NoteOf(module))
	}
	for _, name := range names {
		if err := l.moveAway(p, name); err != nil {
			return err
		}
	}
	if err := storage.SyncDir(p.DataDir); err != nil {
		return err
	}
	if err := p.step("place " + module); err != nil {
		return err
	}
	if err := os.Rename(staged, place); err != nil {
		return fmt.Errorf("put the copy of module %s in its place: %w", module, err)
	}
	return storage.SyncDir(p.DataDir)
}

// moveAway moves a file to those that are replaced. It never takes the place of another there.
func (l *plan) moveAway(p *RestoreParams, name string) error {
	from := filepath.Join(p.DataDir, name)
	if _, err := os.Lstat(from); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if l.Replaced == "" {
		return fmt.Errorf("%s is there now and was not before", from)
	}
	to := filepath.Join(p.DataDir, l.Replaced, name)
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fmt.Errorf("%s is in the way", to), err)
	}
	if err := p.step("move " + name); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("move away what is replaced: %w", err)
	}
	return storage.SyncDir(filepath.Dir(to))
}

func (p *RestoreParams) step(name string) error {
	if p.before == nil {
		return nil
	}
	return p.before(name)
}
