package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// seenNode is a node of a list, with one module in the node's own state.
func seenNode(name, state, module string) clusterNode {
	return clusterNode{
		Node: name, Boot: "b1", State: state, Address: "127.0.0.1:7947", Gossip: "127.0.0.1:7946", Version: "1.0",
		Started: time.Unix(1000, 0).UTC(), Modules: []memberModule{{module, 1, state}},
	}
}

func TestMembersAsATable(t *testing.T) {
	t.Parallel()
	slow := seenNode("n2", "ready", "user")
	slow.Modules[0].State = "starting"
	l := memberList{
		Asked: "n1", Cluster: "c1", Nodes: []clusterNode{seenNode("n1", "ready", "order"), slow, seenNode("n3", "lost", "gate\x1bway")},
		Homes: []memberHome{{"order", "01a208f4-0000-7000-8000-00000badcafe", "n1", true, false}, {"user", "s", "n9", false, false}},
		Seeds: []string{"10.0.0.1:7946"}, JoinFault: "connection refused",
	}
	var out strings.Builder
	require.NoError(t, l.writeTo(&out, time.Unix(1090, 0)))
	require.Equal(t, `cluster c1 as node n1 sees it

NODE  STATE  MODULES          ADDRESS         GOSSIP          VERSION  UP
n1    ready  order            127.0.0.1:7947  127.0.0.1:7946  1.0      1m30s
n2    ready  user (starting)  127.0.0.1:7947  127.0.0.1:7946  1.0      1m30s
n3    lost   gate way         127.0.0.1:7947  127.0.0.1:7946  1.0      1m30s

HOME OF  STORE      NODE
order    …0badcafe  n1
user     …s         n9 (not here now)

!! joining 10.0.0.1:7946 has failed so far, and goes on: connection refused
`, out.String())
}

func TestServicesAsATable(t *testing.T) {
	t.Parallel()
	newer := seenNode("n2", "draining", "order")
	newer.Modules[0] = memberModule{"order", 2, "ready"}
	l := memberList{Asked: "n1", Nodes: []clusterNode{seenNode("n1", "ready", "order"), newer}}
	var out strings.Builder
	require.NoError(t, servicesOf(l, []string{"order", "user"}).writeTo(&out))
	require.Equal(t, `as node n1 sees it

SERVICE  MAJOR  NODE    PLACE   ADDRESS         STATE
order    1      n1      local   127.0.0.1:7947  ready
order    2      n2      remote  127.0.0.1:7947  draining
user     -      nobody  -       -               -
`, out.String())
}

func TestWhatBecomesDifferent(t *testing.T) {
	t.Parallel()
	other := func(change func(*clusterNode)) clusterNode {
		n := seenNode("n2", "ready", "user")
		n.Modules = append([]memberModule{}, n.Modules...)
		change(&n)
		return n
	}
	same := func(*clusterNode) {}
	for name, row := range map[string]struct {
		before, after []clusterNode
		want          []string
	}{
		"nothing": {[]clusterNode{other(same)}, []clusterNode{other(same)}, nil},
		"joined":  {nil, []clusterNode{other(same)}, []string{"n2 joined, ready: user on 127.0.0.1:7947"}},
		"a crash": {[]clusterNode{other(same)}, nil, []string{"n2 gone (was ready)"}},
		"a stop":  {[]clusterNode{other(func(n *clusterNode) { n.State = "draining" })}, nil, []string{"n2 left"}},
		"a restart": {[]clusterNode{other(same)}, []clusterNode{other(func(n *clusterNode) { n.Boot = "b2" })},
			[]string{"n2 started again, ready: user on 127.0.0.1:7947"}},
		"a state": {[]clusterNode{other(same)}, []clusterNode{other(func(n *clusterNode) { n.State = "draining" })},
			[]string{"n2 draining (was ready)"}},
		"a module's state": {[]clusterNode{other(func(n *clusterNode) { n.Modules[0].State = "starting" })}, []clusterNode{other(same)},
			[]string{"n2 runs user (was user (starting))"}},
		"an address": {[]clusterNode{other(same)}, []clusterNode{other(func(n *clusterNode) { n.Address = "127.0.0.1:1" })},
			[]string{"n2 takes calls on 127.0.0.1:1 (was 127.0.0.1:7947)"}},
	} {
		var got []string
		for _, change := range (memberList{Nodes: row.before}).changes(memberList{Nodes: row.after}) {
			got = append(got, change.Node+" "+change.What)
		}
		require.Equal(t, row.want, got, name)
	}
	before := memberList{Asked: "n1", Homes: []memberHome{{Module: "user", Node: "n1"}}}
	after := memberList{Asked: "n2", Homes: []memberHome{{Module: "user", Node: "n2"}, {Module: "order", Node: "n2"}}}
	require.Equal(t, []memberChange{
		{Node: "n2", What: "is asked now, instead of n1"}, {Node: "n2", What: "is the home of user (was n1)"},
	}, before.changes(after))
}

func TestStartOfABoot(t *testing.T) {
	t.Parallel()
	require.WithinDuration(t, time.Now(), startOf(uuid.Must(uuid.NewV7()).String()), time.Second)
	require.Zero(t, startOf("boot"))
	require.Zero(t, startOf(uuid.NewString()))
}
