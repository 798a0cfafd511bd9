package rpc

import (
	"errors"
	"slices"

	"holon/transport/balance"
	"holon/transport/wire"
)

// State is what is known of a module's instance on another node.
type State struct {
	balance.State
	// Connected says that there is a connection. Only then is it known which Methods the node has of the module, sorted, and
	// in which Major version.
	Connected bool
	Major     int
	Methods   []string
	// Failed is why no connection could be made last, nil where that went well or was not tried.
	Failed error
}

// States returns what is known of a module's instances on other nodes. It asks nobody.
func (r *Remote) States(module string) []State {
	m := r.modules[module]
	if m == nil {
		return nil
	}
	var out []State
	for _, known := range m.set.States() {
		s := State{State: known}
		r.mu.Lock()
		p := r.peers[known.Instance.ID+"@"+known.Instance.Addr]
		r.mu.Unlock()
		if p != nil {
			p.tell(module, &s)
		}
		out = append(out, s)
	}
	return out
}

// tell fills in what the connection to a node says of a module there.
func (p *peer) tell(module string, s *State) {
	p.mu.Lock()
	conn, failed := p.conn, p.failed
	p.mu.Unlock()
	if unsent, ok := errors.AsType[*wire.NotSentError](failed); ok {
		failed = unsent.Err
	}
	s.Failed = failed
	if conn == nil || !usable(conn) {
		return
	}
	s.Connected = true
	hello := conn.Peer()
	if at := slices.IndexFunc(hello.Modules, func(m wire.Module) bool { return m.Name == module }); at >= 0 {
		s.Major, s.Methods = hello.Modules[at].Major, hello.Modules[at].Methods
	}
}
