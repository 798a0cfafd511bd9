package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const epoch = "1700000000"

// holon is the binary that all tests pack.
var holon string

func TestMain(m *testing.M) { os.Exit(buildOnce(m)) }

func buildOnce(m *testing.M) int {
	dir, err := os.MkdirTemp("", "image")
	if err == nil {
		defer func() { _ = os.RemoveAll(dir) }()
		holon = filepath.Join(dir, "holon")
		build := exec.Command("go", "build", "-C", "../..", "-trimpath", "-ldflags", "-s -w", "-o", holon, "./cmd/holon")
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOWORK=off")
		build.Stderr = os.Stderr
		err = build.Run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "build what the tests pack:", err)
		return 1
	}
	return m.Run()
}
