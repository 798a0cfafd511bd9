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

	"holon/configs"
	"holon/modules"
	"holon/modules/storage"
)

// folder is a node's own place in the data dir: its lock, the token of its admin port, and where that port is.
type folder struct {
	name, path, token string
	lock              *storage.Lock
}

// record is what a folder says of the node that holds it.
type record struct {
	Name  string `json:"name"`
	Admin string `json:"admin"`
	PID   int    `json:"pid"`
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

// defaultName is <host> for all modules and <host>-<modules> for some, cut to what a name may be.
func defaultName(placed []string, everything bool) (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("find the host's name for the node: %w (or give one with --name)", err)
	}
	name, _, _ := strings.Cut(host, ".")
	if !everything {
		name += "-" + strings.Join(placed, "-")
	}
	return name[:min(len(name), configs.MaxName-len("-100"))], nil
}

func claim(dataDir, name string) (*folder, error) {
	f := &folder{name: name, path: filepath.Join(dataDir, nodesDir, name), token: rand.Text()}
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return nil, fmt.Errorf("make the node's folder: %w", err)
	}
	var err error
	if f.lock, err = storage.Acquire(filepath.Join(f.path, lockFile), storage.ThisProcess(name)); err != nil {
		return nil, fmt.Errorf("claim the name %q: %w", name, err)
	}
	// The record of a node that was killed goes first: with it, verbs would send the new token to whoever has the old
	// port now. The token is new at every start; whoever read an old one has no use for it.
	if err = f.removeRecord(); err == nil {
		err = f.write(tokenFile, []byte(f.token))
	}
	if err != nil {
		return nil, errors.Join(err, f.lock.Release())
	}
	return f, nil
}

// otherFolders are those of the other nodes that have used the data dir, whether they run or not.
func otherFolders(n modules.Node) (paths []string) {
	entries, err := os.ReadDir(filepath.Dir(n.Dir))
	if err != nil {
		return nil // nobody else's, then
	}
	for _, e := range entries {
		if path := filepath.Join(filepath.Dir(n.Dir), e.Name()); e.IsDir() && path != filepath.Clean(n.Dir) {
			paths = append(paths, path)
		}
	}
	return paths
}

// announce writes where the node's admin port is.
func (f *folder) announce(admin string) error {
	raw, err := json.Marshal(record{Name: f.name, Admin: admin, PID: os.Getpid()})
	if err != nil {
		return err
	}
	return f.write(recordFile, raw)
}

// write replaces a file in one step with one that only its owner reads, whatever was there before.
func (f *folder) write(name string, content []byte) error {
	temp, err := os.CreateTemp(f.path, name+".*")
	if err != nil {
		return fmt.Errorf("write the node's %s: %w", name, err)
	}
	_, err = temp.Write(content)
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), filepath.Join(f.path, name))
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the node's %s: %w", name, err), os.Remove(temp.Name()))
	}
	return nil
}

func (f *folder) removeRecord() error {
	if err := os.Remove(filepath.Join(f.path, recordFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the node's record: %w", err)
	}
	return nil
}

// release gives the folder back. The record goes first: a folder without one has no node.
func (f *folder) release() error {
	return errors.Join(f.removeRecord(), os.Remove(filepath.Join(f.path, tokenFile)), f.lock.Release())
}
