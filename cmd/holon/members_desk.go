package main

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"holon/cluster"
)

// memberList is what GET /members answers and `holon members -o json` prints: the cluster as one node sees it.
type memberList struct {
	// Asked is the node that answers, Cluster its cluster's id.
	Asked   string        `json:"asked"`
	Cluster string        `json:"cluster"`
	Nodes   []clusterNode `json:"nodes"`
	// Homes say which node has the data of which module, or had it last.
	Homes []memberHome `json:"homes"`
	// Seeds are where the node was told to join; JoinFault is why that has come to nothing so far.
	Seeds     []string `json:"seeds,omitempty"`
	JoinFault string   `json:"join_fault,omitempty"`
}

// clusterNode is a node. Lost ones went all at once, and may still be there.
type clusterNode struct {
	Node    string         `json:"node"`
	Boot    string         `json:"boot"`
	State   string         `json:"state"`
	Modules []memberModule `json:"modules"`
	Address string         `json:"address"`
	Gossip  string         `json:"gossip"`
	Version string         `json:"version"`
	Started time.Time      `json:"started,omitzero"`
}

type memberModule struct {
	Name  string `json:"name"`
	Major int    `json:"major"`
	State string `json:"state"`
}

type memberHome struct {
	Module string `json:"module"`
	Store  string `json:"store"`
	Node   string `json:"node"`
	// Here says that the node is in the view.
	Here bool `json:"here"`
	// Starting says that a newer run of that node is starting.
	Starting bool `json:"starting,omitempty"`
}

// stateLost is the state of a node that went together with all others: it may be this node that is cut off.
const stateLost = "lost"

func (n *node) listMembers(*http.Request) (any, error) {
	c := n.in.Network.cluster
	v := c.View()
	out := memberList{Asked: n.in.Node.Name, Cluster: v.Cluster, Nodes: []clusterNode{}, Homes: []memberHome{}, Seeds: n.in.Settings.Config.Join}
	if err := c.JoinError(); err != nil && c.Seeded() {
		out.JoinFault = err.Error()
	}
	for _, m := range v.Nodes {
		out.Nodes = append(out.Nodes, memberOf(m, m.State.String()))
	}
	for _, m := range v.Stale {
		out.Nodes = append(out.Nodes, memberOf(m, stateLost))
	}
	slices.SortStableFunc(out.Nodes, func(a, b clusterNode) int { return strings.Compare(a.Node, b.Node) })
	for _, h := range c.Homes() {
		at, here := v.Node(h.Node)
		out.Homes = append(out.Homes, memberHome{Module: h.Module, Store: h.StoreID, Node: h.Node,
			Here: here && at.Boot == h.Boot, Starting: here && at.Boot != h.Boot && at.State == cluster.Starting})
	}
	slices.SortFunc(out.Homes, func(a, b memberHome) int { return strings.Compare(a.Module, b.Module) })
	return out, nil
}

func memberOf(n cluster.Node, state string) clusterNode {
	m := clusterNode{
		Node: n.Name, Boot: n.Boot, State: state, Modules: []memberModule{}, Address: n.Addr, Gossip: n.Gossip, Version: n.Version,
		Started: startOf(n.Boot),
	}
	for _, placed := range n.Modules {
		if placed.Name != nodeContract.Module {
			m.Modules = append(m.Modules, memberModule{placed.Name, placed.Major, placed.State.String()})
		}
	}
	return m
}

// startOf is when a process was started: its boot id is made then and has the time in it.
func startOf(boot string) time.Time {
	id, err := uuid.Parse(boot)
	if err != nil || id.Version() != 7 {
		return time.Time{}
	}
	return time.Unix(id.Time().UnixTime()).UTC()
}
