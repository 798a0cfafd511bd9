package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func newMembers(e environment) *cobra.Command {
	var at targeting
	var output format
	var watch bool
	c := &cobra.Command{
		Use: "members", Short: "show the nodes of the cluster as a node sees them, and where modules have their data",
		Long: "members shows every node that a running node knows, how it is and what it runs, and which node has the data of which\n" +
			"module. With -w it goes on and prints a line for each change until Ctrl-C; with -o json a line is a JSON object then.",
		Example: "  holon members\n  holon members -w",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			n, err := at.find(c, e, true)
			if err != nil {
				return err
			}
			var l memberList
			if err := n.look(c.Context(), "/members", &l); err != nil {
				return err
			}
			switch {
			case output == "json" && watch:
				return watchMembers(c, e, &at, n, l, true)
			case output == "json":
				return printJSON(c, l)
			}
			if err := l.writeTo(c.OutOrStdout(), time.Now()); err != nil || !watch {
				return err
			}
			return watchMembers(c, e, &at, n, l, false)
		},
	}
	at.addTo(c)
	output.addTo(c)
	c.Flags().BoolVarP(&watch, "watch", "w", false, "go on with a line for each change, until Ctrl-C")
	return c
}

func (l memberList) writeTo(w io.Writer, now time.Time) error {
	fmt.Fprintf(w, "cluster %s as node %s sees it\n\n", orDash(l.Cluster), l.Asked)
	t := newTable("NODE", "STATE", "MODULES", "ADDRESS", "GOSSIP", "VERSION", "UP")
	for _, m := range l.Nodes {
		t.row(m.Node, m.State, m.modules(), orDash(m.Address), orDash(m.Gossip), m.Version, ago(m.Started, now))
	}
	if err := t.writeTo(w); err != nil {
		return err
	}
	if len(l.Homes) > 0 {
		fmt.Fprintln(w)
		t = newTable("HOME OF", "STORE", "NODE")
		for _, h := range l.Homes {
			t.row(h.Module, "…"+h.Store[max(len(h.Store)-8, 0):], h.where()) // all begin with the time
		}
		if err := t.writeTo(w); err != nil {
			return err
		}
	}
	if l.JoinFault != "" {
		fmt.Fprintf(w, "\n!! joining %s has failed so far, and goes on: %s\n", strings.Join(l.Seeds, ", "), printable(l.JoinFault))
	}
	return nil
}

// modules are those of the node, each with its state where that is not the node's.
func (m clusterNode) modules() string {
	names := make([]string, len(m.Modules))
	for i, module := range m.Modules {
		if names[i] = module.Name; m.State != stateLost && m.State != "draining" && module.State != m.State {
			names[i] += " (" + module.State + ")"
		}
	}
	return orDash(strings.Join(names, ", "))
}

func (h memberHome) where() string {
	switch {
	case h.Here:
		return h.Node
	case h.Starting:
		return h.Node + " (starting)"
	default:
		return h.Node + " (not here now)"
	}
}
