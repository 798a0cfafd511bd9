package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// announcersFor are the modules whose events a subscriber hears.
func announcersFor(subscriber string) (names []string) {
	for _, m := range all() {
		for _, s := range m.Subscribers {
			if s.Name != subscriber {
				continue
			}
			for _, topic := range s.Topics {
				if !slices.Contains(names, topic.Info().Module()) {
					names = append(names, topic.Info().Module())
				}
			}
		}
	}
	return names
}

func newEventsReplay(e environment) *cobra.Command {
	var t targeting
	var o eventOrder
	var output format
	c := &cobra.Command{
		Use: "replay --subscriber NAME", Short: "hand events of the log over to one subscriber again",
		Long: "replay makes a new delivery to a subscriber out of every event that the log still has (delivery.keep) and the\n" +
			"filters take, also of those that have taken effect. They carry an id of the replay, so effects happen once for\n" +
			"each replay; subscribers that forbid replays are left alone. `holon describe` shows which allow them. Replayed events\n" +
			"count as backlog: above delivery.max_backlog, business writes are refused until they are through.",
		Example: "  holon events replay --subscriber user.orders --since 2h\n  holon events replay --subscriber user.orders --all",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			rest := o.selection
			rest.Subscriber = ""
			switch {
			case o.Subscriber == "":
				return usage(c, "a replay is for one subscriber: --subscriber NAME, one of "+
					strings.Join(slices.Sorted(slices.Values(subscriberNames())), ", "))
			case !rest.narrows() && !o.All:
				return usage(c, "replay needs a filter such as --since or --topic, or --all for every event that the log has")
			case rest.narrows() && o.All:
				return usage(c, "--all is every event; with a filter, leave it out")
			}
			t.running = announcersFor(o.Subscriber)
			n, err := t.find(c, e, false)
			if err != nil {
				return err
			}
			var r eventResult
			if err := n.change(c.Context(), "/events/replay", o, &r); err != nil {
				return err
			}
			switch {
			case output == "json":
				return printJSON(c, r)
			case r.Count == 0:
				_, err = fmt.Fprintf(c.OutOrStdout(), "nothing to replay: the log has no such event for %s\n", o.Subscriber)
			default:
				_, err = fmt.Fprintf(c.OutOrStdout(), "%s again to %s, as replay %s\n",
					counted(r.Count, "event goes", "events go"), o.Subscriber, r.Replay)
			}
			return err
		},
	}
	t.addTo(c)
	output.addTo(c)
	o.addTo(c, "id", "topic", "key", "subscriber", "since", "until")
	c.Flags().BoolVar(&o.All, "all", false, "every event of the subscriber's topics that the log has")
	return c
}
