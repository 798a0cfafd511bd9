package main

import (
	"log/slog"

	"go.uber.org/fx"

	"holon/modules"
	"holon/modules/gateway/gatewayfx"
	"holon/transport/web"
)

// inspected is what a graph has of a gateway, nothing where none is placed.
type inspected struct {
	fx.In

	API    *web.API          `optional:"true"`
	Routes *gatewayfx.Routes `optional:"true"`
}

// inspect assembles the graph of the settings without starting it and returns its API, nil where no gateway is placed.
func inspect(s *settings) (*web.API, error) {
	found, err := inspectAll(s)
	return found.API, err
}

func inspectAll(s *settings) (found inspected, err error) {
	n := modules.Node{Name: "inspected", Version: version, DataDir: s.Config.Data.Dir}
	_, err = assemble(s, n, slog.New(slog.DiscardHandler), fx.Populate(&found))
	return found, err
}
