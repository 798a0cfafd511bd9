package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"holon/cluster/clustertest"
)

// binary is the real program, built once for the tests that kill it.
var binary string

func TestMain(m *testing.M) {
	if os.Getenv(peerVariable) != "" {
		if err := servePeer(); err != nil {
			os.Exit(complain(err))
		}
		return
	}
	// The scripts run this test binary under the name holon.
	testscript.Main(leakless{m}, map[string]func(){"holon": func() {
		os.Exit(run(context.Background(), os.Args[1:], environment{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Environ()}))
	}})
}

// leakless builds the binary, runs the tests and looks for goroutines they left behind.
type leakless struct{ m *testing.M }

func (l leakless) Run() int {
	dir, err := os.MkdirTemp("", "holon-test")
	if err != nil {
		return complain(err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // it is in the temporary folder anyway
	binary = filepath.Join(dir, "holon")
	args := []string{"build", "-o", binary, "."}
	if raced {
		args = slices.Insert(args, 1, "-race")
	}
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return complain(fmt.Errorf("build: %w\n%s", err, out))
	}
	code := l.m.Run()
	if code == 0 {
		if err := clustertest.Leaks(); err != nil {
			return complain(err)
		}
	}
	return code
}

func complain(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}
