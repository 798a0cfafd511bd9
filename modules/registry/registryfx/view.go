package registryfx

import (
	"time"

	"github.com/google/uuid"
	"go.uber.org/fx"

	"holon/cluster"
	"holon/modules"
	"holon/modules/registry"
	"holon/modules/registry/internal/core"
)

// view is what this node knows: itself, from its own board, and the others as the cluster tells of them.
type view struct {
	node    modules.Node
	board   *modules.Board
	cluster *cluster.Cluster
	needs   map[string][]string
}

type viewParams struct {
	fx.In

	Node      modules.Node
	Board     *modules.Board
	Placement modules.Placement
	// Cluster is absent where a node is by itself.
	Cluster *cluster.Cluster `optional:"true"`
}

func newView(p viewParams) core.View {
	v := &view{node: p.Node, board: p.Board, cluster: p.Cluster, needs: make(map[string][]string)}
	for _, m := range p.Placement.All {
		v.needs[m.Name] = append([]string{}, m.Needs...)
	}
	return v
}

func (v *view) Services() map[string][]registry.Instance {
	out := make(map[string][]registry.Instance)
	var seen *cluster.View
	if v.cluster != nil {
		seen = v.cluster.View()
	}
	for _, s := range v.board.All() {
		state := string(s.State)
		if seen != nil && seen.Self.State == cluster.Draining && s.State == modules.Ready {
			state = cluster.Draining.String()
		}
		out[s.Module] = []registry.Instance{{
			ID: v.node.Name + "~" + v.node.Boot, Node: v.node.Name, Version: v.node.Version,
			State: state, Dependencies: v.needs[s.Module], Since: s.Since,
		}}
	}
	if seen == nil {
		return out
	}
	for _, n := range seen.Nodes {
		if n.Name == seen.Self.Name {
			continue
		}
		for _, m := range n.Modules {
			needs, known := v.needs[m.Name]
			if !known {
				continue // not a service, or one of another release: nobody here could call it
			}
			out[m.Name] = append(out[m.Name], registry.Instance{
				ID: n.Name + "~" + n.Boot, Node: n.Name, Version: n.Version,
				State: stateOf(n, m).String(), Dependencies: needs, Since: startOf(n.Boot),
			})
		}
	}
	return out
}

// stateOf is a module's state: its node's, unless the node is ready.
func stateOf(n cluster.Node, m cluster.ModuleState) cluster.State {
	if n.State != cluster.Ready {
		return n.State
	}
	return m.State
}

// startOf is when a process was started: its boot id is made then and has the time in it, in milliseconds.
func startOf(boot string) time.Time {
	id, err := uuid.Parse(boot)
	if err != nil || id.Version() != 7 {
		return time.Time{}
	}
	return time.Unix(id.Time().UnixTime()).UTC()
}
