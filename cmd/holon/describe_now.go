package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"
)

// present returns how a running node is: the one that is named, else any of the data dir, nil where none runs there.
func (t *targeting) present(c *cobra.Command, e environment, s *settings) (*nodeStatus, error) {
	if t.admin == "" && t.node == "" && lookup(e.env, adminVariable) == "" {
		recorded, err := recordedNodes(s.Config.Data.Dir)
		if err != nil || len(alive(c.Context(), recorded)) == 0 {
			return nil, err
		}
	}
	n, err := t.find(c, e, true)
	if err != nil {
		return nil, err
	}
	var now nodeStatus
	if err := n.look(c.Context(), "/status", &now); err != nil {
		return nil, err
	}
	return &now, nil
}

// placed are the modules that the node runs.
func (s *nodeStatus) placed() []string {
	var names []string
	for _, m := range s.Modules {
		names = append(names, m.Name)
	}
	return names
}

// module is how one is, nil where the node does not run it.
func (s *nodeStatus) module(name string) *moduleStatus {
	if s == nil {
		return nil
	}
	for i := range s.Modules {
		if s.Modules[i].Name == name {
			return &s.Modules[i]
		}
	}
	return nil
}

// inWords follows a module's name.
func (m *moduleStatus) inWords() string {
	if m == nil {
		return ""
	}
	text := fmt.Sprintf("  %s since %s", m.State, m.Since.UTC().Format(time.RFC3339))
	if m.Store != nil {
		text += fmt.Sprintf(", %s of data and %s of journal", size(m.Store.File), size(m.Store.Journal))
	}
	if !m.Well {
		text += "  NOT WELL"
	}
	return text
}

// writePresent says of which node the rest is.
func writePresent(w io.Writer, s *nodeStatus, dataDir string, now time.Time) error {
	if s == nil {
		_, err := fmt.Fprintf(w, "no node runs in %s; this is what would run there\n\n", dataDir)
		return err
	}
	state := "ready"
	if !s.Ready {
		state = "NOT READY"
	}
	fmt.Fprintf(w, "node %s (holon %s) is %s, up %s\n", s.Node, s.Version, state, s.Uptime)
	for _, module := range slices.Sorted(maps.Keys(s.Faults)) {
		fmt.Fprintf(w, "  !! %s: %s\n", module, printable(s.Faults[module]))
	}
	t := newTable()
	for _, what := range slices.Sorted(maps.Keys(s.Addresses)) {
		t.row("  "+what, s.Addresses[what])
	}
	t.row("  data", s.DataDir)
	if s.Disk != nil {
		t.row("  disk", size(s.Disk.Free)+" free")
	}
	backup := "never by this node"
	if s.Backup != nil {
		backup = fmt.Sprintf("%s ago, in %s", ago(s.Backup.TakenAt, now), s.Backup.Dir)
	}
	t.row("  backup", backup)
	t.row("  log", s.Log.Level)
	if s.ClockJump != "" {
		t.row("  clock", "it jumped by "+s.ClockJump+"; nothing is forgotten by it yet")
	}
	if err := t.writeTo(w); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}
