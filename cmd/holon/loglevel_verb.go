package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
)

// levels are the names of log levels, least severe first.
var levels = []string{"debug", "info", "warn", "error"}

func isLevel(name string) bool { return slices.Contains(levels, name) }

func newLogLevel(e environment) *cobra.Command {
	var at targeting
	var loan time.Duration
	c := &cobra.Command{
		Use: "log-level [LEVEL]", Short: "show or change the log level of a running node",
		Long: "log-level changes what a running node logs, until it stops or for as long as --for says. Without a LEVEL it shows\n" +
			"the present one. Levels are debug, info, warn and error.",
		Example: "  holon log-level debug --for 10m",
		Args:    cobra.MaximumNArgs(1), ValidArgs: levels,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 && !isLevel(args[0]) {
				return usage(c, fmt.Sprintf("%q is no level: debug, info, warn or error", args[0]))
			}
			if len(args) == 0 && loan != 0 {
				return usage(c, "--for is for a LEVEL")
			}
			n, err := at.find(c, e, len(args) == 0)
			if err != nil {
				return err
			}
			var s levelState
			if len(args) == 0 {
				err = n.look(c.Context(), "/log-level", &s)
			} else {
				err = n.change(c.Context(), "/log-level", levelChange{args[0], loan.Seconds()}, &s)
			}
			if err != nil {
				return err
			}
			text := fmt.Sprintf("node %s logs at %s", n.name, s.Level)
			if s.Until != nil {
				text += fmt.Sprintf(" until %s, then at %s", s.Until.Local().Format(time.TimeOnly), s.Then)
			}
			fmt.Fprintln(c.OutOrStdout(), text)
			return nil
		},
	}
	c.Flags().DurationVar(&loan, "for", 0, "after how long the level is again what it was; up to 24h, default for good")
	at.addTo(c)
	return c
}
