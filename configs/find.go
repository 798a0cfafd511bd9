package configs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	// fileName is what a configuration file is called where it is searched for.
	fileName = "holon.yaml"
	// configEnv names the file from the environment. It is no setting: a file cannot say which file to read.
	configEnv = "HOLON_CONFIG"
	// noFile is what --config says to read no file at all; a file of that name is ./none.
	noFile = "none"
	// MaxFile is the size of the largest file that is read, in bytes: a thousand times what a node needs.
	MaxFile = 1 << 20
)

// open finds and reads the file. It returns nothing at all when none is named and none is found.
func (s Sources) open() (path, text string, _ *Error) {
	named, by := s.named()
	switch {
	case by.Layer == FromDefault:
		return s.search()
	case named == "":
		return "", "", &Error{Origin: by, Message: "the path is empty", Hint: "name a file, or say none to read no file"}
	case named == noFile:
		return "", "", nil
	}
	text, err := s.read(named)
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", &Error{Origin: by, Message: "there is no file " + quote(named)}
	}
	if err != nil {
		return "", "", unreadable(named, err)
	}
	return named, text, nil
}

// named returns the file the user asked for and where; Layer FromDefault means that nobody asked.
func (s Sources) named() (path string, by Origin) {
	if s.File != "" {
		return s.File, Origin{Layer: FromFlag, Name: "--config"}
	}
	if path, ok := s.lookup(configEnv); ok {
		return path, Origin{Layer: FromEnv, Name: configEnv}
	}
	return "", Origin{}
}

// search reads the first file found in the usual places, the nearest first.
func (s Sources) search() (path, text string, _ *Error) {
	places := []string{fileName}
	if xdg, _ := s.lookup("XDG_CONFIG_HOME"); filepath.IsAbs(xdg) { // the XDG rule is to ignore relative ones
		places = append(places, filepath.Join(xdg, "holon", fileName))
	} else if home, _ := s.lookup("HOME"); home != "" {
		places = append(places, filepath.Join(home, ".config", "holon", fileName))
	}
	etc := s.Etc
	if etc == "" {
		etc = "/etc"
	}
	for _, path := range append(places, filepath.Join(etc, "holon", fileName)) {
		text, err := s.read(path)
		switch {
		case err == nil:
			return path, text, nil
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR): // HOME=/dev/null is usual for daemons
		case errors.Is(err, fs.ErrPermission) && !s.sees(path): // somebody else's home, as sudo -u leaves it
		default: // a file that is there and cannot be read was meant to count
			return "", "", unreadable(path, err)
		}
	}
	return "", "", nil
}

// sees reports whether this user may know if there is such a file.
func (s Sources) sees(path string) bool {
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.Dir, path)
	}
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrPermission)
}

var errTooLarge = fmt.Errorf("the file is larger than %s", Bytes(MaxFile))

func (s Sources) read(path string) (string, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.Dir, path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // it only read
	text, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err == nil && len(text) > MaxFile {
		err = errTooLarge
	}
	return string(text), err
}

func unreadable(path string, err error) *Error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err // the path is in the message already
	}
	return &Error{Origin: Origin{Layer: FromFile, Name: path}, Message: "cannot read the file: " + err.Error()}
}

// lookup returns the value of an environment variable and whether it is set at all.
func (s Sources) lookup(name string) (string, bool) {
	for _, kv := range s.Env {
		if k, v, ok := strings.Cut(kv, "="); ok && k == name {
			return v, true
		}
	}
	return "", false
}
