package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
)

const lastBackupFile = "backup.json"

func (l *lastBackup) write(f *folder) error {
	raw, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return f.write(lastBackupFile, raw)
}

// readLastBackup returns what a node's folder says, nil for nothing.
func readLastBackup(nodeFolder string) *lastBackup {
	raw, err := os.ReadFile(filepath.Join(nodeFolder, lastBackupFile))
	var l lastBackup
	if err != nil || json.Unmarshal(raw, &l) != nil {
		return nil
	}
	return &l
}

// newestBackup returns the last backup that a node of the data dir took of all these modules and that is still there,
// nil for none.
func newestBackup(dataDir string, of []string) *lastBackup {
	var newest *lastBackup
	folders, _ := os.ReadDir(filepath.Join(dataDir, nodesDir)) // where none can be read, none is known
	for _, f := range folders {
		l := readLastBackup(filepath.Join(dataDir, nodesDir, f.Name()))
		if l == nil || slices.ContainsFunc(of, func(m string) bool { return !slices.Contains(l.Modules, m) }) {
			continue
		}
		if _, err := os.Stat(l.Dir); err == nil && (newest == nil || l.TakenAt.After(newest.TakenAt)) {
			newest = l
		}
	}
	return newest
}
