package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"holon/modules/registry"
	"holon/modules/registry/registryfx"
)

func newRegistry(e environment) *cobra.Command {
	c := &cobra.Command{
		Use: "registry", Short: "services outside that lease, and what the registry makes of them", Args: knownVerb,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newRegistryLs(e), newRegistryRelease(e))
	return c
}

func newRegistryLs(e environment) *cobra.Command {
	var at targeting
	var output format
	c := &cobra.Command{
		Use: "ls", Short: "list all instances, of modules and of services that lease, with their health", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			n, err := at.find(c, e, true)
			if err != nil {
				return err
			}
			var l catalogue
			if err := n.look(c.Context(), "/catalogue", &l); err != nil {
				return err
			}
			if output == "json" {
				return printJSON(c, l.Services)
			}
			return writeInstances(c.OutOrStdout(), l.Services)
		},
	}
	at.addTo(c)
	output.addTo(c)
	return c
}

func writeInstances(w io.Writer, services []registry.Listing) error {
	t := newTable("SERVICE", "KIND", "INSTANCE", "VERSION", "ADDRESS", "STATE", "HEALTH", "TAGS")
	for _, s := range services {
		for _, i := range s.Instances {
			id := i.ID
			if i.Node != "" {
				id = i.Node
			}
			health := i.Health.Status
			if i.Health.Reason != "" && health == registry.Failing {
				health += ": " + i.Health.Reason
			}
			t.row(s.Name, i.Kind, id, orDash(i.Version), orDash(i.Address), i.State, health, orDash(strings.Join(i.Tags, ",")))
		}
	}
	return t.writeTo(w)
}

func newRegistryRelease(e environment) *cobra.Command {
	at := targeting{running: []string{"registry"}}
	c := &cobra.Command{
		Use: "release", Short: "end the leases that the guard keeps: what they stand for is really gone",
		Long: "When most leases fall silent at once, more likely the way of their heartbeats is broken than all of them, and the registry\n" +
			"keeps what it knew. release says that they are gone, to all registry nodes: each has a guard of its own.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			n, err := at.find(c, e, false)
			if err != nil {
				return err
			}
			var r registryfx.Released
			if err := n.change(c.Context(), "/registry/release", nil, &r); err != nil {
				return err
			}
			for _, name := range slices.Sorted(maps.Keys(r.Ended)) {
				fmt.Fprintf(c.OutOrStdout(), "%s ended on node %s\n", counted(r.Ended[name], "lease", "leases"), name)
			}
			if len(r.Unasked) == 0 {
				return nil
			}
			var texts []string
			for _, name := range slices.Sorted(maps.Keys(r.Unasked)) {
				texts = append(texts, name+": "+r.Unasked[name])
			}
			return failed("run it again when they can be reached", "not all registry nodes could be told\n  %s", strings.Join(texts, "\n  "))
		},
	}
	at.addTo(c)
	return c
}
