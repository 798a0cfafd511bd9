//go:build linux

package main

import (
	"strings"
	"syscall"
	"testing"
)

// TestEveryOrderOfStart starts three nodes with their usual ports in every order, all joining the gateway's, which is the
// first, the second or the last to be there.
func TestEveryOrderOfStart(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("short, or too slow with the race detector: eighteen processes")
	}
	t.Parallel()
	args := map[string][]string{
		"a": {"-m", "gateway,registry"},
		"b": {"-m", "user", "--join", "localhost"},
		"c": {"-m", "order", "--join", "127.0.0.1:7946"},
	}
	for _, order := range []string{"abc", "acb", "bac", "bca", "cab", "cba"} {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			onMachine(t, func(m *machine) {
				folder := t.TempDir()
				for _, name := range strings.Split(order, "") {
					m.run(name, folder, args[name]...)
				}
				for _, name := range []string{"a", "b", "c"} {
					m.sees(folder, name, "a", "b", "c")
				}
			})
		})
	}
}

// TestSeedThatRestarts is found again, and finds the others, whether it says good-bye or not.
func TestSeedThatRestarts(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("short, or too slow with the race detector: real processes")
	}
	t.Parallel()
	for name, sig := range map[string]syscall.Signal{"stopped": syscall.SIGTERM, "killed": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onMachine(t, func(m *machine) {
				folder := t.TempDir()
				m.run("a", folder, "-m", "gateway,registry")
				m.sees(folder, "a", "a")
				m.run("b", folder, "-m", "user", "--join", "127.0.0.1:7946")
				m.sees(folder, "b", "a", "b")
				m.stop("a", sig)
				m.run("a", folder, "-m", "gateway,registry")
				m.sees(folder, "a", "a", "b")
				m.sees(folder, "b", "a", "b")
				m.run("c", folder, "-m", "order", "--join", "127.0.0.1:7946")
				for _, name := range []string{"a", "b", "c"} {
					m.sees(folder, name, "a", "b", "c")
				}
			})
		})
	}
}

// TestTwoProjectsOnOneMachine never become one cluster, whichever ports their nodes step to.
func TestTwoProjectsOnOneMachine(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("short, or too slow with the race detector: real processes")
	}
	t.Parallel()
	onMachine(t, func(m *machine) {
		one, two := t.TempDir(), t.TempDir()
		m.run("a1", one)
		m.sees(one, "a1", "a1")
		m.run("a2", two)
		m.sees(two, "a2", "a2")
		m.run("b1", one, "-m", "gateway", "--join", "127.0.0.1:7946")
		m.sees(one, "b1", "a1", "b1")
		m.run("b2", two, "-m", "gateway", "--join", "127.0.0.1:7956")
		m.sees(two, "b2", "a2", "b2")
		// A node of one project that is told to join the other.
		m.run("c2", two, "-m", "registry", "--join", "127.0.0.1:7946,127.0.0.1:7956")
		m.sees(two, "c2", "a2", "b2", "c2")
		m.sees(one, "a1", "a1", "b1")
	})
}
