package main

import (
	"holon/modules"
	"holon/modules/gateway/gatewayfx"
	"holon/modules/order/orderfx"
	"holon/modules/registry/registryfx"
	"holon/modules/user/userfx"
)

// all is the list of the binary's modules. A new module is a folder below modules/ and a line here.
func all() []modules.Module {
	return []modules.Module{
		gatewayfx.Module(),
		orderfx.Module(),
		registryfx.Module(),
		userfx.Module(),
	}
}
