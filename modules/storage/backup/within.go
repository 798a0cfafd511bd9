package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// within reports whether path is the folder or lies below it, by whatever name. What is not there is not within.
func within(path, folder string) (bool, error) {
	there, err := os.Stat(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	for err == nil {
		var info os.FileInfo
		if info, err = os.Stat(path); err == nil && os.SameFile(info, there) {
			return true, nil
		}
		if path == filepath.Dir(path) {
			break
		}
		path = filepath.Dir(path)
	}
	if err != nil {
		return false, fmt.Errorf("look where %s is: %w", path, err)
	}
	return false, nil
}
