package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/spf13/cobra"
)

// watchEvery is how often the watch looks. A node that stops is seen draining for about a second before it is gone.
const watchEvery = 400 * time.Millisecond

// memberChange is one thing that became different.
type memberChange struct {
	Time time.Time `json:"time"`
	Node string    `json:"node"`
	What string    `json:"what"`
}

func (m memberChange) writeLine(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(m)
	}
	_, err := fmt.Fprintln(w, printable(fmt.Sprintf("%s  %s  %s", m.Time.Local().Format(time.TimeOnly), m.Node, m.What)))
	return err
}

// watchMembers prints what changes until Ctrl-C. When the node that is asked goes away, another of the data dir is asked.
func watchMembers(c *cobra.Command, e environment, at *targeting, n target, l memberList, asJSON bool) error {
	ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt)
	defer stop()
	c.SetContext(ctx)
	if !asJSON {
		fmt.Fprintln(c.OutOrStdout())
	}
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	silent := false
	for {
		select {
		case <-ctx.Done():
			return nil // it was to end
		case <-tick.C:
		}
		var now memberList
		err := n.look(ctx, "/members", &now)
		if err != nil && at.node == "" {
			if other, lost := at.find(c, e, true); lost == nil {
				n = other
				err = n.look(ctx, "/members", &now)
			}
		}
		changes := []memberChange{{Node: l.Asked, What: "does not answer; looking on"}}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && silent:
			continue
		case err == nil:
			changes = l.changes(now)
			l = now
		}
		silent = err != nil
		for _, change := range changes {
			change.Time = time.Now().UTC()
			if err := change.writeLine(c.OutOrStdout(), asJSON); err != nil {
				return err
			}
		}
	}
}

// changes are what has become different since l, by node.
func (l memberList) changes(now memberList) []memberChange {
	var out []memberChange
	tell := func(node, format string, args ...any) {
		out = append(out, memberChange{Node: node, What: fmt.Sprintf(format, args...)})
	}
	if l.Asked != now.Asked {
		tell(now.Asked, "is asked now, instead of %s", l.Asked)
	}
	for _, after := range now.Nodes {
		before, known := l.node(after.Node)
		switch {
		case !known:
			tell(after.Node, "joined, %s: %s on %s", after.State, after.modules(), after.Address)
			continue
		case before.Boot != after.Boot:
			tell(after.Node, "started again, %s: %s on %s", after.State, after.modules(), after.Address)
			continue
		case before.State != after.State:
			tell(after.Node, "%s (was %s)", after.State, before.State)
		case before.modules() != after.modules():
			tell(after.Node, "runs %s (was %s)", after.modules(), before.modules())
		}
		if before.Address != after.Address {
			tell(after.Node, "takes calls on %s (was %s)", after.Address, before.Address)
		}
	}
	for _, before := range l.Nodes {
		if _, there := now.node(before.Node); there {
			continue
		}
		if before.State == "draining" {
			tell(before.Node, "left")
		} else {
			tell(before.Node, "gone (was %s)", before.State)
		}
	}
	for _, after := range now.Homes {
		for _, before := range l.Homes {
			if before.Module == after.Module && before.Node != after.Node {
				tell(after.Node, "is the home of %s (was %s)", after.Module, before.Node)
			}
		}
	}
	return out
}

func (l memberList) node(name string) (clusterNode, bool) {
	for _, m := range l.Nodes {
		if m.Node == name {
			return m, true
		}
	}
	return clusterNode{}, false
}
