package proxy

import (
	"net/http"
	"reflect"

	"holon/modules/gateway/internal/routes"
	"holon/transport/adapter"
)

// adapted is a module that is a handler: it may run in this process, and on other nodes.
type adapted struct {
	// version is that of the handler in this process.
	module, version string
	handlers        *adapter.Adapter
	// leaving is for instances that are chosen last: what meets a connection that is being closed may have run.
	leaving http.RoundTripper
}

// here reports whether requests are for this process: it takes them, and it is well or nobody else is.
func (s *Service) here() bool {
	live, well := s.serves()
	return live && (well || !s.othersAreWell())
}

// serves reports whether this process takes requests that go by the route, and whether it is well.
func (s *Service) serves() (live, well bool) {
	if s.adapted == nil || s.adapted.handlers == nil || !s.members.Load().here {
		return false, false
	}
	return s.adapted.handlers.Serves(s.adapted.module)
}

// live reports whether this process could be asked, well or not.
func (s *Service) live() bool {
	live, _ := s.serves()
	return live
}

// ownInstance is this process as an instance, where it takes requests.
func (s *Service) ownInstance() []Instance {
	live, well := s.serves()
	if !live {
		return nil
	}
	return []Instance{{Address: "this node", Version: s.adapted.version, Here: true, Weight: 1, Last: !well, Breaker: Closed}}
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
