package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"time"
)

const (
	homesFile = "homes.json"
	// writeEvery is how long changes gather until they are written.
	writeEvery = 2 * time.Second
)

// homesOnDisk is what homes.json has. Homes of another cluster are not this one's.
type homesOnDisk struct {
	Cluster string `json:"cluster"`
	Homes   []Home `json:"homes"`
}

// recall reads what earlier runs wrote. Lost peers only make a join slower; damaged homes are an error, because without
// them an empty store could take the place of the real one.
func (c *Cluster) recall() error {
	if err := c.firstID(); err != nil {
		return err
	}
	if c.p.Folder == "" {
		return nil
	}
	if err := c.recallHomes(c.p.Folder); err != nil {
		return err
	}
	c.recallPeers(c.p.Folder)
	for _, folder := range c.p.Others {
		if err := c.recallHomes(folder); err != nil {
			c.log.Warn("what another node of this data remembers cannot be read, going on without", "err", err)
		}
		c.recallPeers(folder)
	}
	return nil
}

// recallHomes takes in what a folder remembers of this cluster.
func (c *Cluster) recallHomes(folder string) error {
	var was homesOnDisk
	if err := readJSON(filepath.Join(folder, homesFile), &was); err != nil {
		return fmt.Errorf("remembered homes: %w", err)
	}
	if was.Cluster != c.roster.own().cluster {
		return nil
	}
	for _, h := range was.Homes {
		if err := h.check(); err != nil {
			return fmt.Errorf("remembered homes: %s: %w", filepath.Join(folder, homesFile), err)
		}
		c.homes.learn(time.Now(), claimed{Home: h})
	}
	return nil
}

// remember writes peers and homes when they change, and keeps the cluster id.
func (c *Cluster) remember(ctx context.Context) {
	var r remembering
	for {
		changed := c.changed.wait()
		r.write(c)
		select {
		case <-ctx.Done():
			r.write(c)
			return
		case <-changed:
		}
		if c.pause(ctx, nil, writeEvery) != nil {
			r.write(c)
			return
		}
	}
}

// remembering is what was written last.
type remembering struct {
	kept  string
	peers []string
}

func (r *remembering) write(c *Cluster) {
	id := c.roster.own().cluster
	if id != "" && id != r.kept {
		switch got, err := c.p.ID.Adopt(id); {
		case err != nil:
			c.lines.warn("keep id", "cluster id not kept", "err", err.Error())
		case got != id:
			r.kept = id
			c.fail(&ForeignError{Joined: id, Kept: got})
		default:
			r.kept = id
		}
	}
	if c.p.Folder == "" {
		return
	}
	r.writePeers(c)
	if err := c.disk.writeHomes(c); err != nil {
		c.lines.warn("write homes", "homes not remembered", "err", err.Error())
	}
}

// onDisk is what homes.json has.
type onDisk struct {
	mu    sync.Mutex
	homes homesOnDisk
}

// writeHomes writes the homes unless they are on disk as they are.
func (d *onDisk) writeHomes(c *Cluster) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	homes := homesOnDisk{Cluster: c.roster.own().cluster, Homes: c.homes.list()}
	if c.p.Folder == "" || len(homes.Homes) == 0 || reflect.DeepEqual(homes, d.homes) {
		return nil
	}
	err := writeJSON(filepath.Join(c.p.Folder, homesFile), homes)
	if err == nil {
		d.homes = homes
	}
	return err
}

// readJSON leaves to as it is when there is no file.
func readJSON(path string, to any) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(b, to)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// writeJSON replaces a file so that a crash leaves the old one or the new one.
func writeJSON(path string, v any) (err error) {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
