package main

import (
	"fmt"

	"holon/modules/gateway/gatewayfx"
)

// manyFailures in a row of the only instance mean what an open breaker means of one of several: the last one is not left
// alone, because nothing would be gained.
const manyFailures = 5

// registryTroubles are what is wrong with the registry of the node.
func (s *nodeStatus) registryTroubles() []string {
	if s.Registry == nil || !s.Registry.Guard {
		return nil
	}
	return []string{fmt.Sprintf("registry: the guard holds since %s, and keeps %d of %d leases although nobody renews them (holon registry release)",
		s.Registry.Since, s.Registry.Overdue, s.Registry.Leases)}
}

// gatewayTroubles are what is wrong behind the gateway: services of which no instance is let through, issuers without keys.
func (s *nodeStatus) gatewayTroubles() (out []string) {
	if s.Gateway == nil {
		return nil
	}
	for _, r := range s.Gateway.Routes {
		if r.Module != "" {
			continue
		}
		through := 0
		for _, in := range r.Instances {
			if in.Weight > 0 && in.Breaker == gatewayfx.Closed && in.Failures < manyFailures {
				through++
			}
		}
		if through == 0 {
			out = append(out, fmt.Sprintf("route %s: requests go through to none of its %s (holon routes ls)", r.Name, counted(len(r.Instances), "instance", "instances")))
		}
	}
	for _, i := range s.Gateway.Issuers {
		if i.Keys == 0 {
			out = append(out, fmt.Sprintf("issuer %s: there are no keys of it, so its tokens are refused", i.Name))
		}
	}
	return out
}
