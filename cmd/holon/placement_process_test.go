package main

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// processes are nodes that are each a process of the real binary.
type processes struct {
	t   *testing.T
	all []*process
}

func startProcesses(t *testing.T, groups [][]string) (p *processes, base string) {
	t.Helper()
	return startProcessesWith(t, func(*exec.Cmd) {}, groups)
}

// startProcessesWith is startProcesses with a change to each command before it runs.
func startProcessesWith(t *testing.T, change func(*exec.Cmd), groups [][]string) (p *processes, base string) {
	t.Helper()
	dir := t.TempDir()
	p = &processes{t: t}
	for i, group := range groups {
		args := []string{"--name", fmt.Sprintf("n%d", i+1), "-m", strings.Join(group, ","), "--http-addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0"}
		if i > 0 {
			args = append(args, "--join", p.all[0].gossip())
		}
		node := launchWith(t, dir, change, args...)
		node.await()
		p.all = append(p.all, node)
		if slices.Contains(group, "gateway") {
			base = node.URL
		}
	}
	return p, base
}

// gossip is where others join it.
func (p *process) gossip() string {
	p.t.Helper()
	var s nodeStatus
	require.NoError(p.t, target{admin: p.Admin}.look(p.t.Context(), "/status", &s))
	return s.Addresses["gossip"]
}

func (p *processes) settled() {
	for _, node := range p.all {
		node.settled()
	}
}

func (p *processes) announced() map[string]int {
	p.t.Helper()
	f := &fleet{t: p.t}
	for _, node := range p.all {
		f.members = append(f.members, &member{name: node.name, admin: node.Admin})
	}
	return f.announced()
}

func (p *processes) promote(email string) {
	p.t.Helper()
	command(p.t, "user", "promote", email, "--node", p.all[0].name, "--data-dir", p.all[0].dir)
}

// TestPlacementsOfProcesses goes the journey of TestPlacements over three groupings of real processes.
func TestPlacementsOfProcesses(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("short, or too slow with the race detector: seven real processes")
	}
	t.Parallel()
	stories := make(map[string]story)
	for _, groups := range [][][]string{
		{{"gateway", "order", "registry", "user"}},
		{{"gateway", "registry"}, {"user"}, {"order"}},
		{{"order", "user"}, {"registry"}, {"gateway"}},
	} {
		p, base := startProcesses(t, groups)
		stories[nameOf(groups)] = travel(t, p, base)
	}
	requireSame(t, stories)
}
