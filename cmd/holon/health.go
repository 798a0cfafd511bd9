package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"
)

func newHealth(e environment) *cobra.Command {
	var t targeting
	c := &cobra.Command{
		Use: "health", Short: "ask a node whether it is ready; exit 0 when it is", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			n, err := t.find(c, e, true)
			if err != nil {
				return err
			}
			var r readyz
			if err := n.look(c.Context(), "/readyz", &r); err != nil {
				return err
			}
			if r.Status != "ready" {
				text := fmt.Sprintf("node %s is %s", n.name, r.Status)
				for _, module := range slices.Sorted(maps.Keys(r.Faults)) {
					text += fmt.Sprintf("\n  %s: %s", module, r.Faults[module])
				}
				return failed("", "%s", text)
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "node %s is ready\n", n.name)
			return err
		},
	}
	t.addTo(c)
	return c
}
