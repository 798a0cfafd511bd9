package gatewayfx

import (
	"holon/modules/gateway/internal/core"
	"holon/transport/web"
)

// Status is how a gateway is.
type Status struct {
	// Traffic is what was asked for, by route and method.
	Traffic []web.Traffic `json:"traffic"`
	// Routes are those to services outside, with the state of what is behind them.
	Routes  []RouteState  `json:"routes"`
	Crowds  []Crowd       `json:"crowds"`
	Issuers []IssuerState `json:"issuers"`
}

// IssuerState is how an issuer outside is.
type IssuerState = core.IssuerState

// Status looks at all of it.
func (r *Routes) Status() Status {
	return Status{Traffic: r.api.Traffic(), Routes: r.List(), Crowds: r.Crowds(), Issuers: r.issuers.States()}
}
