package storage

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Swap is what a restore writes down before it exchanges the first file, and removes after the last. Until then the
// files of its modules are of two times and belong to nobody.
type Swap struct {
	// From is the backup.
	From    string   `json:"from"`
	Modules []string `json:"modules"`
	// Replaced is where the files go that were there before, "" when there were none.
	Replaced string `json:"replaced,omitempty"`
}

// Restoring returns the folder in a data dir where a restore keeps its work.
func Restoring(dataDir string) string { return filepath.Join(dataDir, "restoring") }

// SwapFile returns where in a data dir a restore's Swap is, as JSON, while it exchanges files.
func SwapFile(dataDir string) string { return filepath.Join(Restoring(dataDir), "swap.json") }

// UnfinishedRestoreError says that a restore was interrupted while it exchanged files. Running it again finishes it.
type UnfinishedRestoreError struct {
	Dir string
	Swap
}

// Error says what is between two states, and where the files are.
func (e *UnfinishedRestoreError) Error() string {
	text := fmt.Sprintf("restore of %s in %s from the backup %s was interrupted while it exchanged files",
		strings.Join(e.Modules, ", "), e.Dir, e.From)
	if e.Replaced != "" {
		text += "; what was there before is in " + e.Replaced
	}
	return text
}

// checkRestored refuses a module whose restore did not come to its end. One that had not exchanged a file yet has
// changed nothing. The caller holds the module's lock, so no restore is running.
func (d *DB) checkRestored() error {
	text, err := os.ReadFile(SwapFile(d.dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for an unfinished restore: %w", err)
	}
	var s Swap
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("read %s: %w", SwapFile(d.dir), err)
	}
	if !slices.Contains(s.Modules, d.module) {
		return nil
	}
	return &UnfinishedRestoreError{Dir: d.dir, Swap: s}
}
