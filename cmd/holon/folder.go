package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"holon/modules/storage"
)

// folder is a node's own place in the data dir: its lock, the token of its admin port, and where that port is.
type folder struct {
	name, path, token string
	lock              *storage.Lock
}

// record is what a folder says of the node that holds it.
type record struct {
	Name    string   `json:"name"`
	Admin   string   `json:"admin"`
	Modules []string `json:"modules"`
	PID     int      `json:"pid"`
}

const (
	nodesDir   = "nodes"
	lockFile   = "lock"
	tokenFile  = "token"
	recordFile = "node.json"
	// maxTwins bounds the search for a free default name on one machine.
	maxTwins = 100
)

// claimFolder takes the folder of the given name, or of the first free default name when none was given.
func claimFolder(dataDir, name string, placed []string, everything bool) (*folder, error) {
	if name != "" {
		return claim(dataDir, name)
	}
	base, err := defaultName(placed, everything)
	if err != nil {
		return nil, err
	}
	for twin := 1; ; twin++ {
		name := base
		if twin > 1 {
			name += "-" + strconv.Itoa(twin)
		}
		f, err := claim(dataDir, name)
		if _, locked := errors.AsType[*storage.LockedError](err); locked && twin < maxTwins {
			continue
		}
		return f, err
	}
}

// defaultName is <host> for all modules and <host>-<modules> for some.
func defaultName(placed []string, everything bool) (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("find the host's name for the node: %w (or give one with --name)", err)
	}
	host, _, _ = strings.Cut(host, ".")
	if everything {
		return host, nil
	}
	return host + "-" + strings.Join(placed, "-"), nil
}

func claim(dataDir, name string) (*folder, error) {
	f := &folder{name: name, path: filepath.Join(dataDir, nodesDir, name)}
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return nil, fmt.Errorf("make the node's folder: %w", err)
	}
	var err error
	if f.lock, err = storage.Acquire(filepath.Join(f.path, lockFile), storage.ThisProcess(name)); err != nil {
		return nil, fmt.Errorf("claim the name %q: %w", name, err)
	}
	if err := f.makeToken(); err != nil {
		return nil, errors.Join(err, f.lock.Release())
	}
	return f, nil
}

// makeToken writes a new token at every start: whoever read an old one has no use for it.
func (f *folder) makeToken() error {
	f.token = rand.Text()
	if err := os.WriteFile(filepath.Join(f.path, tokenFile), []byte(f.token), 0o600); err != nil {
		return fmt.Errorf("write the admin token: %w", err)
	}
	return nil
}

// announce writes where the node's admin port is.
func (f *folder) announce(admin string, placed []string) error {
	raw, err := json.Marshal(record{Name: f.name, Admin: admin, Modules: placed, PID: os.Getpid()})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(f.path, recordFile), raw, 0o600); err != nil {
		return fmt.Errorf("write the node's record: %w", err)
	}
	return nil
}

// release gives the folder back. The record goes first: a folder without one has no node.
func (f *folder) release() error {
	err := os.Remove(filepath.Join(f.path, recordFile))
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, f.lock.Release())
}
