package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"holon/cluster"
	"holon/transport/status"
)

// statusList is what GET /cluster answers and `holon describe --cluster -o json` prints: how every node is.
type statusList struct {
	Asked string        `json:"asked"`
	Nodes []nodeOutlook `json:"nodes"`
}

// nodeOutlook is a node as it tells itself, or as others see it and why it could not be asked.
type nodeOutlook struct {
	Node    string      `json:"node"`
	Address string      `json:"address"`
	State   string      `json:"state"`
	Status  *nodeStatus `json:"status,omitempty"`
	Fault   string      `json:"fault,omitempty"`
}

// listStatuses asks every node of the view how it is, all at once.
func (n *node) listStatuses(r *http.Request) (any, error) {
	ctx, cancel := context.WithTimeout(r.Context(), outlookTimeout)
	defer cancel()
	v := n.in.Network.cluster.View()
	out := statusList{Asked: n.in.Node.Name, Nodes: make([]nodeOutlook, len(v.Nodes)+len(v.Stale))}
	var all sync.WaitGroup
	for i, at := range append(slices.Clone(v.Nodes), v.Stale...) {
		all.Go(func() { out.Nodes[i] = n.outlook(ctx, at, i >= len(v.Nodes)) })
	}
	all.Wait()
	slices.SortFunc(out.Nodes, func(a, b nodeOutlook) int { return strings.Compare(a.Node, b.Node) })
	return out, nil
}

// outlookTimeout is how long a node has to say how it is, which takes it checkTimeout at the most.
const outlookTimeout = checkTimeout + time.Second

// outlook is how one node is.
func (n *node) outlook(ctx context.Context, at cluster.Node, lost bool) nodeOutlook {
	out := nodeOutlook{Node: at.Name, Address: at.Addr, State: at.State.String()}
	if lost {
		out.State = stateLost
	}
	var s nodeStatus
	var err error
	if at.Name == n.in.Node.Name {
		s = n.status(ctx)
	} else {
		s, err = n.fellows.status(ctx, at.Name, statusRequest{})
	}
	switch {
	case err == nil:
		out.Status = &s
	case at.State == cluster.Starting:
		out.Fault = "it is starting, and takes no questions yet"
	case status.CodeOf(err) == status.DeadlineExceeded:
		out.Fault = fmt.Sprintf("no answer on %s within %s", at.Addr, outlookTimeout)
	default:
		out.Fault = status.From(err).Message
	}
	return out
}
