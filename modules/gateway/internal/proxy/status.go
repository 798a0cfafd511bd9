package proxy

// ServiceState is a route's service as people see it.
type ServiceState struct {
	Route string `json:"route"`
	// Retried counts requests that were made again, Ejected how often an instance was left alone.
	Retried   uint64     `json:"retried"`
	Ejected   uint64     `json:"ejected"`
	Instances []Instance `json:"instances"`
	// Why says why there is no instance.
	Why string `json:"why,omitempty"`
}

// Services are those of the routes that have one outside.
func (d *Door) Services() []ServiceState {
	now := d.now.Load()
	out := []ServiceState{}
	for i, s := range now.services {
		if s != nil {
			state := ServiceState{Route: now.table.Routes()[i].Name, Retried: s.retried.Load(), Ejected: s.ejected.Load(), Instances: s.Instances()}
			if len(state.Instances) == 0 {
				state.Why = s.none()
			}
			out = append(out, state)
		}
	}
	return out
}
