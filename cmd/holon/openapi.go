package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"holon/configs"
)

func newOpenAPI(e environment) *cobra.Command {
	c := &cobra.Command{
		Use: "openapi", Short: "print the OpenAPI 3.1 document of the public API", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := loadSettings(c, e)
			if err != nil {
				return err
			}
			api, err := inspect(s)
			if err != nil {
				return err
			}
			if api == nil {
				return failed("holon openapi --modules all", "the modules %v have no public API: the gateway is not among them", s.placed)
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s\n", api.Document())
			return err
		},
	}
	configs.AddFlags(c.Flags())
	return c
}
