package storage

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// Heir is to whom files belong that are made in a data dir. When root restores for a node that runs as somebody else,
// the node has to open them. The zero Heir leaves all as it is.
type Heir struct {
	given    bool
	uid, gid int
}

// HeirOf returns the heir of what this process makes in dir: its owner when this is root, else nobody, as only root can
// give files away.
func HeirOf(dir string) (Heir, error) {
	var s syscall.Stat_t
	if err := syscall.Stat(dir, &s); err != nil {
		return Heir{}, fmt.Errorf("look whose %s is: %w", dir, err)
	}
	if os.Geteuid() != 0 || s.Uid == 0 {
		return Heir{}, nil
	}
	return Heir{given: true, uid: int(s.Uid), gid: int(s.Gid)}, nil
}

// Give gives a file that this process has made.
func (h Heir) Give(f *os.File) error {
	if !h.given {
		return nil
	}
	if err := f.Chown(h.uid, h.gid); err != nil {
		return fmt.Errorf("give %s to the owner of its folder: %w", f.Name(), err)
	}
	return nil
}

// GiveDir gives a folder that this process has made. It goes through no link that was put there since.
func (h Heir) GiveDir(dir string) error {
	if !h.given {
		return nil
	}
	f, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return fmt.Errorf("give %s to the owner of its folder: %w", dir, err)
	}
	return errors.Join(h.Give(f), f.Close())
}
