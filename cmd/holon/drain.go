package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func newDrain(e environment) *cobra.Command {
	var at targeting
	var output format
	var order drainOrder
	c := &cobra.Command{
		Use: "drain [NODE]", Short: "have a node step back: chosen last, not ready, handing no events over; or stop it with --exit",
		Long: "drain has a node announce that it goes: other nodes choose it last, /readyz answers 503 and no more events are handed\n" +
			"over, while it serves whoever comes, until undrain or a signal. --exit has it stop then as SIGTERM does. Without a\n" +
			"NODE it is the only one that runs in the data dir; one of another machine is told by a node of the data dir.",
		Example: "  holon drain vm-order --dry-run\n  holon drain vm-order --exit",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := at.findNamed(c, e, args, &order.Node)
			if err != nil {
				return err
			}
			var r drainReply
			if err := n.changeWithin(c.Context(), callTimeout, "/drain", order, &r); err != nil {
				return err
			}
			if output == "json" {
				err = printJSON(c, r)
			} else {
				err = r.writeTo(c.OutOrStdout(), order.drainRequest)
			}
			if err != nil || !order.Exit || order.DryRun {
				return err
			}
			return n.awaitEnd(c, r, output == "json")
		},
	}
	at.addTo(c)
	output.addTo(c)
	c.Flags().BoolVar(&order.Exit, "exit", false, "stop the node then, as SIGTERM does")
	c.Flags().BoolVar(&order.DryRun, "dry-run", false, "only show what would come of it")
	return c
}

func newUndrain(e environment) *cobra.Command {
	var at targeting
	var order drainOrder
	c := &cobra.Command{
		Use: "undrain [NODE]", Short: "have a node that drains take its full part again", Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := at.findNamed(c, e, args, &order.Node)
			if err != nil {
				return err
			}
			var r undrainReply
			if err := n.changeWithin(c.Context(), callTimeout, "/undrain", order, &r); err != nil {
				return err
			}
			text := "node %s takes its full part again\n"
			if !r.Was {
				text = "node %s was not draining\n"
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), text, r.Node)
			return err
		},
	}
	at.addTo(c)
	return c
}

// findNamed finds the node to send a changing verb to: the one that is named as an argument where it runs in the data dir,
// else any there, which has to know the other. away is then that other's name.
func (t *targeting) findNamed(c *cobra.Command, e environment, args []string, away *string) (target, error) {
	if len(args) == 0 {
		return t.find(c, e, false)
	}
	*away = args[0]
	s, err := loadSettings(c, e)
	if err != nil {
		return target{}, err
	}
	recorded, err := recordedNodes(s.Config.Data.Dir)
	if err != nil {
		return target{}, err
	}
	named := slices.DeleteFunc(recorded, func(n target) bool { return n.name != args[0] })
	own := alive(c.Context(), named)
	switch {
	case len(own) == 0 && hanging(named) != nil:
		return target{}, hanging(named)
	case len(own) > 0 && t.admin == "" && t.node == "":
		return own[0], nil
	}
	return t.find(c, e, true) // it only passes the order on
}

func (r drainReply) writeTo(w io.Writer, order drainRequest) error {
	switch {
	case order.DryRun && order.Exit:
		fmt.Fprintf(w, "node %s would drain and stop\n", r.Node)
	case order.DryRun:
		fmt.Fprintf(w, "node %s would be chosen last, not be ready for load balancers, and hand no events over; it would serve on\n", r.Node)
	case order.Exit:
		fmt.Fprintf(w, "node %s drains and stops\n", r.Node)
	default:
		fmt.Fprintf(w, "node %s is draining: chosen last, not ready for load balancers, handing no events over; it serves on\n", r.Node)
	}
	t := newTable()
	for _, m := range r.Modules {
		if len(m.Others) > 0 {
			t.row("  "+m.Module, "goes on with "+strings.Join(m.Others, ", "))
			continue
		}
		text := "runs ready nowhere else: " + r.without(order)
		if len(m.NeededBy) > 0 {
			text += "; " + strings.Join(m.NeededBy, ", ") + " " + map[bool]string{true: "needs", false: "need"}[len(m.NeededBy) == 1] + " it"
		}
		t.row("  "+m.Module, text)
	}
	t.row("  in flight", counted(r.Requests, "request", "requests")+", "+counted(r.Calls, "call", "calls")+" of other nodes")
	for _, b := range r.Waiting {
		t.row("  waits here", fmt.Sprintf("%s for %s, %d parked", counted(b.Open, "event", "events"), b.Subscriber, b.Parked))
	}
	if err := t.writeTo(w); err != nil || order.Exit {
		return err
	}
	next := "holon undrain " + r.Node + "   (or stop it: holon drain " + r.Node + " --exit)"
	if order.DryRun {
		next = "holon drain " + r.Node
	}
	_, err := fmt.Fprintf(w, "  → %s\n", next)
	return err
}

// without is what it means that nobody else runs a module of the node.
func (r drainReply) without(order drainRequest) string {
	switch {
	case order.Exit && order.DryRun:
		return "it would be unavailable until this node, or another, runs it again"
	case order.Exit:
		return "it is unavailable until this node, or another, runs it again"
	default:
		return "it goes on here, and ends with this node"
	}
}

// awaitEnd waits until the node has stopped: one of the data dir has then given its folder back, another is seen by nobody.
func (t target) awaitEnd(c *cobra.Command, r drainReply, quiet bool) error {
	ctx, cancel := context.WithTimeout(c.Context(), stopTimeout+maxGrace)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !t.ended(ctx, r) {
		select {
		case <-ctx.Done():
			return failed("look at its log", "node %s has not stopped within %s", r.Node, stopTimeout+maxGrace)
		case <-tick.C:
		}
	}
	if quiet {
		return nil
	}
	_, err := fmt.Fprintf(c.OutOrStdout(), "node %s has stopped\n", r.Node)
	return err
}

// maxGrace is the most that lb_grace may add to a stop.
const maxGrace = 10 * time.Minute

// ended reports whether the node is gone.
func (t target) ended(ctx context.Context, r drainReply) bool {
	if t.name == r.Node {
		return t.pid > 0 && !runs(t.pid) || t.pid <= 0 && t.look(ctx, "/livez", &livez{}) != nil
	}
	var l memberList
	if t.look(ctx, "/members", &l) != nil {
		return false
	}
	m, there := l.node(r.Node)
	return !there || m.Boot != r.Boot
}
