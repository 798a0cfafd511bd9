package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is that of the release; the Makefile sets it at link time.
var version = "0.1.0-dev"

// build is what `version -o json` promises.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func newVersion() *cobra.Command {
	var output format
	c := &cobra.Command{
		Use: "version", Short: "print the version", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			b := build{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" {
						b.Revision = s.Value
					}
				}
			}
			if output == "json" {
				return printJSON(c, b)
			}
			_, err := fmt.Fprintf(c.OutOrStdout(), "holon %s  %s  %s\n", b.Version, b.Go, b.Platform)
			return err
		},
	}
	output.addTo(c)
	return c
}

// format is the flag -o: a table for people, JSON for programs.
type format string

func (f *format) addTo(c *cobra.Command) {
	*f = "table"
	c.Flags().VarP(f, "output", "o", "table for people or json for programs")
}

// Set takes one of the two.
func (f *format) Set(text string) error {
	if text != "table" && text != "json" {
		return fmt.Errorf("%q is neither table nor json", text)
	}
	*f = format(text)
	return nil
}

func (f *format) String() string { return string(*f) }

// Type is the word that help shows for the value.
func (f *format) Type() string { return "format" }

func printJSON(c *cobra.Command, v any) error {
	e := json.NewEncoder(c.OutOrStdout())
	e.SetIndent("", "  ")
	return e.Encode(v)
}
