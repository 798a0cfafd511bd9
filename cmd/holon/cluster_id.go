package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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
// a link is made or it is there already.
func (c clusterID) Adopt(id string) (string, error) {
	temp := c.path() + "." + rand.Text()
	if err := os.WriteFile(temp, []byte(id+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the cluster's id: %w", err)
	}
	err := os.Link(temp, c.path())
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	if err = errors.Join(err, os.Remove(temp)); err != nil {
		return "", fmt.Errorf("keep the cluster's id: %w", err)
	}
	return c.Get()
}
