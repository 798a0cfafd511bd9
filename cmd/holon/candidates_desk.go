package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"holon/cluster"
	"holon/modules"
	"holon/transport/contract"
	"holon/transport/rpc"
	"holon/transport/status"
)

// candidateList is what GET /candidates answers: where this node would take a call of a module.
type candidateList struct {
	Node string `json:"node"`
	// Gateway says that clients' requests come in here.
	Gateway    bool        `json:"gateway"`
	Module     string      `json:"module"`
	Major      int         `json:"major"`
	Candidates []candidate `json:"candidates"`
}

// candidate is a node that runs the module, and what this node makes of it.
type candidate struct {
	Node    string `json:"node"`
	Boot    string `json:"boot"`
	Place   string `json:"place"`
	Address string `json:"address"`
	State   string `json:"state"`
	// InFlight are this node's own calls to it.
	InFlight int       `json:"in_flight"`
	Ejected  time.Time `json:"ejected_until,omitzero"`
	// Verdict is "first", "last" or "never"; Why says why, where it is not first.
	Verdict string   `json:"verdict"`
	Why     []string `json:"why,omitempty"`
}

const (
	takenFirst = "first"
	takenLast  = "last"
	takenNever = "never"
)

// worsen lowers the verdict, never raises it.
func (c *candidate) worsen(verdict, why string) {
	c.Why = append(c.Why, why)
	if c.Verdict != takenNever {
		c.Verdict = verdict
	}
}

func (n *node) listCandidates(r *http.Request) (any, error) {
	var module string
	if err := readQuery(r.URL.Query(), map[string]*string{"module": &module}); err != nil {
		return nil, err
	}
	at := slices.IndexFunc(modules.Contracts(all()), func(c contract.Contract) bool { return c.Module == module })
	if at < 0 {
		return nil, status.New(status.NotFound, "", "this node knows no module %q; it knows %s", module, strings.Join(modules.Names(all()), ", "))
	}
	c := modules.Contracts(all())[at]
	out := candidateList{
		Node: n.in.Node.Name, Gateway: n.in.API != nil, Module: module, Major: c.Major, Candidates: []candidate{},
	}
	here := n.in.Settings.runs(module) && n.ready.Load()
	states := n.in.Network.remote.States(module)
	v := n.in.Network.cluster.View()
	add := func(at cluster.Node, lost bool) {
		i := slices.IndexFunc(at.Modules, func(m cluster.ModuleState) bool { return m.Name == module })
		if i < 0 {
			return
		}
		one := judge(at, at.Modules[i], at.Name == n.in.Node.Name, here, c, states)
		if lost {
			one.State = stateLost
			one.worsen(one.Verdict, "it was lost together with all others, and may still be there")
		}
		out.Candidates = append(out.Candidates, one)
	}
	for _, at := range v.Nodes {
		add(at, false)
	}
	for _, at := range v.Stale {
		add(at, true)
	}
	return out, nil
}

// judge says what this node makes of a module on a node. here says that the module is ready on this one.
func judge(at cluster.Node, m cluster.ModuleState, own, here bool, c contract.Contract, states []rpc.State) candidate {
	out := candidate{Node: at.Name, Boot: at.Boot, Place: "remote", Address: at.Addr, State: m.State.String(), Verdict: takenFirst}
	if at.State != cluster.Ready {
		out.State = at.State.String()
	}
	if own {
		out.Place = "local"
		if !here {
			out.worsen(takenNever, "it is starting or stopping here")
		}
		return out
	}
	if here {
		out.worsen(takenNever, "the module is ready on this node, so no other is asked")
	}
	if m.Major != c.Major {
		out.worsen(takenNever, fmt.Sprintf("it speaks major %d and this node major %d", m.Major, c.Major))
	}
	switch out.State {
	case cluster.Starting.String():
		out.worsen(takenNever, "it is starting")
	case cluster.Draining.String():
		out.worsen(takenLast, "it is draining")
	case cluster.Failing.String():
		out.worsen(takenLast, "its own checks fail")
	}
	i := slices.IndexFunc(states, func(s rpc.State) bool { return s.Instance.Node() == at.Name && s.Instance.Boot() == at.Boot })
	if i >= 0 {
		out.consider(states[i], c)
	}
	return out
}

// consider takes into account what calls have told of an instance.
func (c *candidate) consider(s rpc.State, of contract.Contract) {
	c.InFlight = s.InFlight
	if !s.Until.IsZero() {
		c.Ejected = s.Until.UTC()
		c.worsen(takenLast, "it is ejected: calls to it failed")
	}
	if s.Connected {
		var lacks []string
		for _, m := range of.Infos() {
			if _, has := slices.BinarySearch(s.Methods, m.Name); !has {
				lacks = append(lacks, m.Name)
			}
		}
		if len(lacks) > 0 {
			c.worsen(c.Verdict, "it lacks "+strings.Join(lacks, ", "))
		}
	} else if s.Failed != nil {
		c.worsen(c.Verdict, "no connection: "+s.Failed.Error())
	}
}
