package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holon/modules"
)

// present returns how a running node is: the one that is named, else any of the data dir, nil where none runs there.
func (t *targeting) present(c *cobra.Command, e environment, s *settings) (*nodeStatus, error) {
	if t.admin == "" && t.node == "" && lookup(e.env, adminVariable) == "" {
		recorded, err := recordedNodes(s.Config.Data.Dir)
		if err == nil && len(alive(c.Context(), recorded)) == 0 {
			return nil, hanging(recorded)
		}
		if err != nil {
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

// placed are the modules that the node runs, and strangers those of them that this binary does not have.
func (s *nodeStatus) placed() (known, strangers []string) {
	for _, m := range s.Modules {
		if slices.Contains(modules.Names(all()), m.Name) {
			known = append(known, m.Name)
		} else {
			strangers = append(strangers, m.Name)
		}
	}
	return known, strangers
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
	fmt.Fprintf(w, "node %s (holon %s) is %s, up %s\n", s.Node, s.Version, s.state(), s.Uptime)
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
	t.row("  log", s.Log.inWords())
	t.row("  traces", s.tracesInWords())
	if s.ClockJump != "" {
		t.row("  clock", "it jumped by "+s.ClockJump+"; nothing is forgotten by it yet")
	}
	if err := t.writeTo(w); err != nil {
		return err
	}
	for _, trouble := range s.troubles() {
		fmt.Fprintf(w, "  !! %s\n", printable(trouble))
	}
	_, err := fmt.Fprintln(w)
	return err
}

// state is how the node stands, in a word or two.
func (s *nodeStatus) state() string {
	switch {
	case !s.Draining.IsZero():
		return "DRAINING since " + s.Draining.Format(time.RFC3339)
	case !s.Ready:
		return "NOT READY"
	default:
		return "ready"
	}
}

// troubles are what is wrong with the node, in a line each.
func (s *nodeStatus) troubles() []string {
	var out []string
	for _, module := range slices.Sorted(maps.Keys(s.Faults)) {
		out = append(out, module+": "+s.Faults[module])
	}
	if f := s.BackupFault; f != nil {
		out = append(out, fmt.Sprintf("the last backup, to %s at %s, failed: %s", f.Dir, f.At.Format(time.RFC3339), f.Reason))
	}
	if s.Process.Full {
		out = append(out, fmt.Sprintf("all %d public connections are in use, and new ones wait (gateway.max_connections)", s.Process.Connections))
	}
	out = append(append(out, s.gatewayTroubles()...), s.registryTroubles()...)
	if _, strangers := s.placed(); len(strangers) > 0 {
		out = append(out, fmt.Sprintf("it runs modules that this binary does not have: %s", strings.Join(strangers, ", ")))
	}
	return out
}

func (s *nodeStatus) tracesInWords() string {
	if s.Traces == "" {
		return "off (" + otelEndpoint + ")"
	}
	return "sent to " + s.Traces
}

// inWords is a level and, where it is borrowed, until when.
func (l levelState) inWords() string {
	if l.Until == nil {
		return l.Level
	}
	return fmt.Sprintf("%s until %s, then %s", l.Level, l.Until.Format(time.RFC3339), l.Then)
}
