package modulestest

import (
	"slices"

	"go.uber.org/fx"

	"holon/modules"
	"holon/transport/rpc"
)

// Fake is a module with its real client, contract and routes and a test's handlers behind them. Methods without a handler
// answer as if no node served them.
func Fake(real modules.Module, handlers ...rpc.Handler) modules.Module {
	fake := real
	fake.Needs, fake.Settings, fake.Subscribers = nil, nil, nil
	fake.Contract.Methods, fake.Contract.Topics = nil, nil
	for _, m := range real.Contract.Methods {
		handled := func(h rpc.Handler) bool { return h.Info().Name == m.Info().Name }
		if slices.ContainsFunc(handlers, handled) {
			fake.Contract.Methods = append(slices.Clip(fake.Contract.Methods), m)
		}
	}
	fake.Offer = fx.Options(modules.Methods(func() []rpc.Handler { return handlers }))
	return fake
}
