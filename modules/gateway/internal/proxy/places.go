package proxy

import (
	"net/http"
	"reflect"

	"holon/modules/gateway/internal/routes"
	"holon/transport/adapter"
)

// adapted is a module that is a handler: it may run in this process, and on other nodes.
type adapted struct {
	module   string
	handlers *adapter.Adapter
	// leaving is for instances that are chosen last: what meets a connection that is being closed may have run.
	leaving http.RoundTripper
}

// here reports whether requests are for this process: it takes them, and it is well or nobody else is.
func (s *Service) here() bool {
	if s.adapted == nil || s.adapted.handlers == nil {
		return false
	}
	live, well := s.adapted.handlers.Serves(s.adapted.module)
	return live && (well || !s.othersAreWell())
}

// live reports whether this process could be asked, well or not.
func (s *Service) live() bool {
	if s.adapted == nil || s.adapted.handlers == nil {
		return false
	}
	live, _ := s.adapted.handlers.Serves(s.adapted.module)
	return live
}

// ownInstance is this process as an instance, where it takes requests.
func (s *Service) ownInstance() []Instance {
	if s.adapted == nil || s.adapted.handlers == nil {
		return nil
	}
	live, well := s.adapted.handlers.Serves(s.adapted.module)
	if !live {
		return nil
	}
	return []Instance{{Address: "this node", Here: true, Weight: 1, Last: !well, Breaker: Closed}}
}

// othersAreWell reports whether another node would be chosen gladly.
func (s *Service) othersAreWell() bool {
	for _, v := range s.members.Load().versions {
		for _, st := range v.set.States() {
			if v.weight > 0 && !st.Instance.Draining && st.Until.IsZero() {
				return true
			}
		}
	}
	return false
}

// Place says where a handler that has become a module runs on other nodes.
func (d *Door) Place(module string, at []routes.Target) {
	d.loading.Lock()
	defer d.loading.Unlock()
	if reflect.DeepEqual(d.places[module], at) {
		return
	}
	if d.places == nil {
		d.places = make(map[string][]routes.Target)
	}
	d.places[module] = at
	now := d.now.Load()
	for i, c := range now.table.Routes() {
		if c.Adapted && c.Service == module {
			now.services[i].update(c, at)
		}
	}
}
