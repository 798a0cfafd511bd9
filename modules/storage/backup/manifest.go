package backup

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"holon/modules/storage"
)

// Format is the newest format that this binary reads, and the one it writes.
const Format = 1

const (
	manifestFile = "manifest.json"
	// maxManifest bounds what is read of a manifest, in bytes: a hundred times what fifty modules come to.
	maxManifest = 4 << 20
)

// Manifest is what a backup says of itself.
type Manifest struct {
	Format int `json:"format"`
	// Holon is the version of the binary that took the backup, and Node the node whose data it is.
	Holon   string    `json:"holon"`
	Node    string    `json:"node"`
	TakenAt time.Time `json:"taken_at"`
	// HeldMicros is how long writers stood still for it, in microseconds.
	HeldMicros int64   `json:"held_us"`
	Stores     []Store `json:"stores"`
}

// Store is one module's file in a backup.
type Store struct {
	Module  string `json:"module"`
	File    string `json:"file"`
	StoreID string `json:"store_id"`
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
	// Schema holds the schema versions of the module and its parts, and Rows counts the rows of every table.
	Schema map[string]int64 `json:"schema"`
	Rows   map[string]int64 `json:"rows"`
	// Summary is what the module's parts count of themselves, and times in microseconds, whose names end in _us.
	Summary map[string]int64 `json:"summary,omitempty"`
}

// Bytes returns the size of all files.
func (m Manifest) Bytes() (n int64) {
	for _, s := range m.Stores {
		n += s.Bytes
	}
	return n
}

// Modules returns the names of the modules, in order.
func (m Manifest) Modules() []string {
	names := make([]string, len(m.Stores))
	for i, s := range m.Stores {
		names[i] = s.Module
	}
	slices.Sort(names)
	return names
}

// Read returns the manifest of the backup in dir without looking at its files.
func Read(dir string) (Manifest, error) {
	f, err := os.Open(filepath.Join(dir, manifestFile))
	if err != nil {
		return Manifest{}, bad(dir, err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return Manifest{}, bad(dir, fmt.Errorf("read %s: %w", manifestFile, err))
	}
	m, err := Parse(text)
	if err != nil {
		return Manifest{}, bad(dir, fmt.Errorf("read %s: %w", manifestFile, err))
	}
	return m, nil
}

// Parse reads a manifest. It trusts nothing of it: names of files are those that this package gives.
func Parse(text []byte) (m Manifest, err error) {
	if len(text) > maxManifest {
		return Manifest{}, errors.New("it is too large")
	}
	// The format first: another one may have other types in the same places.
	var head struct {
		Format int    `json:"format"`
		Holon  string `json:"holon"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return Manifest{}, err
	}
	switch {
	case head.Format < 1:
		return Manifest{}, errors.New("it names no format")
	case head.Format > Format:
		return Manifest{}, fmt.Errorf("it has format %d, written by holon %q, and this binary reads %d at most: use a newer one",
			head.Format, head.Holon, Format)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return Manifest{}, err
	}
	if len(m.Stores) == 0 {
		return Manifest{}, errors.New("it lists no stores")
	}
	seen := map[string]bool{}
	for _, s := range m.Stores {
		if err := s.validate(); err != nil {
			return Manifest{}, err
		}
		if seen[s.Module] {
			return Manifest{}, fmt.Errorf("module %s is in it twice", s.Module)
		}
		seen[s.Module] = true
	}
	return m, nil
}

func (s Store) validate() error {
	digest, err := hex.DecodeString(s.SHA256)
	switch {
	case !storage.IsModule(s.Module):
		return fmt.Errorf("%q is no module's name", s.Module)
	case s.File != storage.FileOf(s.Module):
		return fmt.Errorf("the file of module %s is called %q and not %s", s.Module, s.File, storage.FileOf(s.Module))
	case err != nil || len(digest) != digestSize || s.SHA256 != strings.ToLower(s.SHA256):
		return fmt.Errorf("module %s has no SHA-256", s.Module)
	case s.Bytes <= 0:
		return fmt.Errorf("module %s has a file of %d bytes", s.Module, s.Bytes)
	}
	return nil
}

// write puts the manifest into dir, on disk.
func (m Manifest) write(dir string) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, manifestFile), append(text, '\n'), storage.Heir{})
}
