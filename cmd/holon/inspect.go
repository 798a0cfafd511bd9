package main

import (
	"log/slog"

	"go.uber.org/fx"

	"holon/modules"
	"holon/transport/web"
)

// inspect assembles the graph of the settings without starting it and returns its API, nil where no gateway is placed.
func inspect(s *settings) (*web.API, error) {
	var found struct {
		fx.In

		API *web.API `optional:"true"`
	}
	n := modules.Node{Name: "inspected", Version: version, DataDir: s.Config.Data.Dir}
	_, err := assemble(s, n, slog.New(slog.DiscardHandler), fx.Populate(&found))
	return found.API, err
}
