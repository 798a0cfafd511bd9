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

// keyFile is where public keys are kept between starts: a JSON object of key id to base64.
type keyFile string

// read returns no keys for a file that does not exist.
func (f keyFile) read() (map[string]ed25519.PublicKey, error) {
	raw, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var keys map[string]ed25519.PublicKey
	if err := json.Unmarshal(raw, &keys); err != nil {
		return nil, fmt.Errorf("%s: %w", f, err)
	}
	for id, key := range keys {
		if len(key) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("%s: key %q has %d bytes", f, id, len(key))
		}
	}
	return keys, nil
}

// write replaces the file in one step, so that a crash leaves the old one or the new one.
func (f keyFile) write(keys map[string]ed25519.PublicKey) error {
	raw, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(string(f)), filepath.Base(string(f))+".*")
	if err != nil {
		return err
	}
	_, err = temp.Write(raw)
	if err == nil {
		err = temp.Sync() // a name must not reach the disk before what it names
	}
	err = errors.Join(err, temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), string(f))
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}
