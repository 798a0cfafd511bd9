package main

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"holon/configs"
)

func newConfig(e environment) *cobra.Command {
	c := &cobra.Command{
		Use: "config", Short: "show and check the configuration", Args: knownVerb,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newConfigShow(e), newConfigValidate(e), newConfigReference())
	return c
}

// shown is a setting as `config show -o json` promises it.
type shown struct {
	Key string `json:"key"`
	// Value has the type it has in the file: true, 10, "10s", a list.
	Value  any    `json:"value"`
	Source string `json:"source"`
}

func newConfigShow(e environment) *cobra.Command {
	var source bool
	var output format
	c := &cobra.Command{
		Use: "show", Short: "print every setting, and with --source where it comes from", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, wrong := loadSettings(c, e)
			if s == nil {
				return wrong
			}
			// What was understood is shown beside what was not: that is what the command is for.
			if output == "json" {
				return errors.Join(printShown(c, s), wrong)
			}
			t := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, entry := range s.Entries() {
				if source {
					fmt.Fprintf(t, "%s\t%s\t%s\n", entry.Key, entry.Value, entry.Source)
				} else {
					fmt.Fprintf(t, "%s\t%s\n", entry.Key, entry.Value)
				}
			}
			return errors.Join(t.Flush(), wrong)
		},
	}
	configs.AddFlags(c.Flags())
	output.addTo(c)
	c.Flags().BoolVar(&source, "source", false, "say where each value comes from")
	return c
}

func printShown(c *cobra.Command, s *settings) error {
	list := []shown{}
	for _, entry := range s.Entries() {
		out := shown{Key: entry.Key, Source: entry.Source}
		if err := yaml.Unmarshal([]byte(entry.Value), &out.Value); err != nil {
			return fmt.Errorf("show %s: %w", entry.Key, err)
		}
		list = append(list, out)
	}
	return printJSON(c, list)
}

func newConfigValidate(e environment) *cobra.Command {
	c := &cobra.Command{
		Use: "validate", Short: "check the configuration without starting anything", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := loadSettings(c, e)
			if err != nil {
				return err
			}
			if _, err := inspect(s); err != nil {
				return err
			}
			for _, w := range s.Warnings {
				fmt.Fprintln(c.ErrOrStderr(), "holon: warning:", w)
			}
			what := "no file was found and the defaults are valid"
			if s.File != "" {
				what = s.File + " is valid"
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), what)
			return err
		},
	}
	configs.AddFlags(c.Flags())
	return c
}

func newConfigReference() *cobra.Command {
	return &cobra.Command{
		Use: "reference", Short: "print a documented file of every setting with its default", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			text, err := reference()
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(c.OutOrStdout(), text)
			return err
		},
	}
}

// reference is the file configs/holon.yaml.
func reference() (string, error) {
	var sections []configs.Section
	for _, m := range all() {
		if m.Settings != nil {
			sections = append(sections, configs.Section{Key: m.Name, Into: m.Settings()})
		}
	}
	return configs.Reference(sections...)
}
