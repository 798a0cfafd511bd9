package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"holon/modules/storage"
)

// clusterID keeps the cluster's id in the data dir, which the nodes of one machine share.
type clusterID struct{ dataDir string }

const clusterFile = "cluster.id"

func (c clusterID) path() string { return filepath.Join(c.dataDir, clusterFile) }

// Get returns the id, empty when the data dir belongs to no cluster yet.
func (c clusterID) Get() (string, error) {
	raw, err := os.ReadFile(c.path())
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the cluster's id: %w", err)
	}
	return strings.TrimSpace(string(raw)), nil
}

// Adopt keeps an id unless there is one, and returns the one that is kept. Of several nodes that adopt at once one is first:
// a link is made or it is there already. A file without an id, as a power cut may leave one, counts for nothing.
func (c clusterID) Adopt(id string) (kept string, err error) {
	if kept, err := c.Get(); kept != "" || err != nil {
		return kept, err
	}
	temp := c.path() + "." + rand.Text()
	err = writeSynced(temp, id+"\n")
	if err == nil {
		if err = os.Link(temp, c.path()); err != nil { // there is one, or this disk has no links
			if kept, _ := c.Get(); kept == "" {
				err = os.Rename(temp, c.path())
			} else {
				err = nil
			}
		}
	}
	if gone := os.Remove(temp); err == nil && !errors.Is(gone, fs.ErrNotExist) {
		err = gone
	}
	if err == nil {
		err = storage.SyncDir(c.dataDir)
	}
	if err != nil {
		return "", fmt.Errorf("keep the cluster's id in %s: %w", c.path(), err)
	}
	return c.Get()
}

// writeSynced makes a file that is on disk when it returns.
func writeSynced(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
