package core

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// keyFile is where holon's own public keys are kept between starts: a JSON object of key id to base64.
type keyFile string

// read returns no keys for a file that does not exist.
func (f keyFile) read() (keyset, error) {
	var kept map[string]ed25519.PublicKey
	if err := load(string(f), &kept); err != nil {
		return keyset{}, err
	}
	keys := make(map[string]*key, len(kept))
	for id, public := range kept {
		if len(public) != ed25519.PublicKeySize {
			return keyset{}, fmt.Errorf("%s: key %q has %d bytes", f, id, len(public))
		}
		keys[id] = ownKey(public)
	}
	return keyset{keys: keys}, nil
}

func (f keyFile) write(s keyset) error {
	kept := make(map[string]ed25519.PublicKey, len(s.keys))
	for id, k := range s.keys {
		kept[id] = k.public.(ed25519.PublicKey)
	}
	return save(string(f), kept)
}

// load reads a JSON file into v, and leaves v as it is when there is no file.
func load(path string, v any) error {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// save replaces a file in one step, so that a crash leaves the old one or the new one.
func save(path string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = temp.Write(raw)
	if err == nil {
		err = temp.Sync() // a name must not reach the disk before what it names
	}
	err = errors.Join(err, temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}

var _ shelf = keyFile("")
