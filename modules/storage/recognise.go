package storage

import (
	"fmt"
	"time"
)

// LostStoreError says that a store that was in the data dir is not there any more. Opening would make an empty one, and
// to its users everything would have vanished. ErrCorrupt is in its chain; Params.NewStore makes the new one.
type LostStoreError struct {
	Module, Path string
	// StoreID is the store that was there, and Since when it was first.
	StoreID string
	Since   time.Time
	// What is left: "is missing", for one.
	What string
	// Journal says that the file's journal is there. It holds what was committed last, and no new store is made beside it.
	Journal bool
}

// Error says what was there and what to do.
func (e *LostStoreError) Error() string {
	put := "put the file back (is its disk mounted?)"
	if e.Journal {
		put = "put the file back beside its journal, which holds what was committed last"
	}
	return fmt.Sprintf("%s %s, and this data dir has held store %s of module %s since %s: "+
		"%s, restore a backup, or have a new store made, which is empty",
		e.Path, e.What, e.StoreID, e.Module, e.Since.Format(time.RFC3339), put)
}

// Is has a lost store be a damaged one.
func (e *LostStoreError) Is(target error) bool { return target == ErrCorrupt }

// OtherStoreError says that the file in the data dir is a store of the module and not the one that was there. ErrCorrupt
// is in its chain; Params.NewStore takes the file as it is.
type OtherStoreError struct {
	Module, Path string
	// StoreID is the store in the file. Known is the one that was there, and Since when it was first.
	StoreID, Known string
	Since          time.Time
}

// Error names both stores and says what to do.
func (e *OtherStoreError) Error() string {
	return fmt.Sprintf("%s is store %s of module %s, and this data dir has held store %s since %s: "+
		"put that one's file back, restore a backup, or have the store that is there taken as it is",
		e.Path, e.StoreID, e.Module, e.Known, e.Since.Format(time.RFC3339))
}

// Is has another store be a damaged one.
func (e *OtherStoreError) Is(target error) bool { return target == ErrCorrupt }

// recall returns what the data dir remembers and Open has to find, nil when anything will do.
func (d *DB) recall() (*note, error) {
	if d.newStore {
		return nil, nil
	}
	return readNote(d.dir, d.module)
}

// recognise refuses a file that is not the store that is remembered. id is nil for one that nobody has used yet.
func (d *DB) recognise(known *note, id *identity) error {
	switch {
	case known == nil:
		return nil
	case id == nil:
		return d.lost(known, "holds no store", false)
	case id.storeID != known.StoreID:
		return d.refuse(&OtherStoreError{
			Module: d.module, Path: d.path, StoreID: id.storeID, Known: known.StoreID, Since: known.Since,
		})
	}
	return nil
}

func (d *DB) lost(known *note, what string, journal bool) error {
	return d.refuse(&LostStoreError{
		Module: d.module, Path: d.path, StoreID: known.StoreID, Since: known.Since, What: what, Journal: journal,
	})
}

// remember notes which store this is when the data dir does not know. A disk without room for that keeps no node from
// starting, unless another store is noted: then the next Open would refuse what this one takes.
func (d *DB) remember() error {
	known, unreadable := readNote(d.dir, d.module)
	if known != nil && known.StoreID == d.StoreID() {
		d.placed.Store(known.Placed || d.newStore)
		return nil
	}
	d.placed.Store(d.newStore)
	err := remember(d.dir, note{Module: d.module, StoreID: d.StoreID(), Placed: d.newStore})
	if err != nil && known == nil && unreadable == nil {
		d.log.Warn("if the database file vanishes the next start will not notice", "err", err)
		return nil
	}
	return err
}
