package api

import (
	"holon/modules/user"
	"holon/modules/user/internal/core"
	"holon/transport/rpc"
)

// Methods ties the contract's methods to the core.
func Methods(c *core.Core) []rpc.Handler {
	return []rpc.Handler{
		rpc.Handle(user.Register, c.Register),
		rpc.Handle(user.Login, c.Login),
		rpc.Handle(user.Keys, c.Keys),
		rpc.Handle(user.Get, c.Get),
		rpc.Handle(user.Update, c.Update),
		rpc.Handle(user.Delete, c.Delete),
		rpc.Handle(user.List, c.List),
		rpc.Handle(user.Exists, c.Exists),
		rpc.Handle(user.Promote, c.Promote),
		rpc.Handle(user.RotateKeys, c.RotateKeys),
		rpc.Handle(user.CreateAPIKey, c.CreateAPIKey),
		rpc.Handle(user.ListAPIKeys, c.ListAPIKeys),
		rpc.Handle(user.RevokeAPIKey, c.RevokeAPIKey),
		rpc.Handle(user.CheckAPIKey, c.CheckAPIKey),
	}
}

var _ user.Service = (*core.Core)(nil)
