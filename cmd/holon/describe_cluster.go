package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"holon/configs"
)

// addSettings adds the flags of the settings, but for the cluster's name, whose flag means all of its nodes here. That name
// changes nothing of what describe shows.
func addSettings(c *cobra.Command, whole *bool) {
	flags := pflag.NewFlagSet("settings", pflag.ContinueOnError)
	configs.AddFlags(flags)
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Name != "cluster" {
			c.Flags().AddFlag(f)
		}
	})
	c.Flags().BoolVar(whole, "cluster", false, "every node of the cluster, in short")
}

// describeCluster shows how every node is that a running one knows.
func describeCluster(c *cobra.Command, e environment, at *targeting, output format) error {
	n, err := at.find(c, e, true)
	if err != nil {
		return err
	}
	var l statusList
	if err := n.look(c.Context(), "/cluster", &l); err != nil {
		return err
	}
	if output == "json" {
		return printJSON(c, l)
	}
	return l.writeTo(c.OutOrStdout())
}

// writeTo writes a block for each node.
func (l statusList) writeTo(w io.Writer) error {
	fmt.Fprintf(w, "%s, as node %s knows them\n", counted(len(l.Nodes), "node", "nodes"), l.Asked)
	for _, n := range l.Nodes {
		fmt.Fprintln(w)
		if n.Status == nil {
			fmt.Fprintf(w, "node %s on %s is %s and could not be asked\n  !! %s\n", n.Node, orDash(n.Address), n.State, printable(n.Fault))
			continue
		}
		if err := n.Status.writeBrief(w); err != nil {
			return err
		}
	}
	return nil
}

// writeBrief writes a line for the node and each of its modules, and what is wrong with them.
func (s *nodeStatus) writeBrief(w io.Writer) error {
	fmt.Fprintf(w, "node %s (holon %s) is %s, up %s, on %s\n", s.Node, s.Version, s.state(), s.Uptime, orDash(s.Addresses["node"]))
	t := newTable()
	for i := range s.Modules {
		t.row("  "+s.Modules[i].Name, strings.TrimSpace(s.Modules[i].inWords()))
	}
	if err := t.writeTo(w); err != nil {
		return err
	}
	for _, m := range s.Modules {
		for _, why := range m.Why {
			if why != s.Faults[m.Name] { // those are among the troubles
				fmt.Fprintf(w, "  !! %s: %s\n", m.Name, printable(why))
			}
		}
	}
	for _, trouble := range s.troubles() {
		if _, err := fmt.Fprintf(w, "  !! %s\n", printable(trouble)); err != nil {
			return err
		}
	}
	return nil
}
