// Package gateway is the contract of the gateway module, which answers the public and is called by no other module:
// it promises them nothing.
package gateway

import "holon/transport/contract"

// Contract has no methods.
var Contract = contract.Contract{Module: "gateway", Major: 1}
