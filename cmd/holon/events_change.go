package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
)

func newEventsRetry(e environment) *cobra.Command {
	return changing(e, changeVerb{
		name: "retry", path: "/events/retry",
		short: "hand refused deliveries over at once, as if they had never been refused",
		long: "retry makes deliveries that are retrying or parked due at once, with all their attempts before them. Events that\n" +
			"have taken effect are not touched: replay hands those over again.",
		example: "  holon events retry --subscriber user.orders --state parked\n  holon events retry 01a206c4-8c9c-70b2-9f2f-0d8a3d8f6b7e",
		none:    "nothing to retry: no such delivery is retrying or parked",
		done:    "due at once",
	})
}

func newEventsDrop(e environment) *cobra.Command {
	return changing(e, changeVerb{
		name: "drop", path: "/events/drop",
		short: "remove deliveries that are not done: their subscribers never get them, unless by a replay",
		long: "drop removes deliveries that are waiting, retrying or parked. Their subscribers will not hear of these events: what\n" +
			"they keep may stay wrong for good. The events stay in the log, listed as delivered, and a replay can still hand\n" +
			"them over while the log keeps them. drop asks nothing; look first with: holon events ls and the same filters.",
		example: "  holon events drop --subscriber user.orders --state parked\n  holon events drop 01a206c4-8c9c-70b2-9f2f-0d8a3d8f6b7e",
		none:    "nothing to drop: all such deliveries are done",
		done:    "dropped",
	})
}

// changeVerb is a verb that changes the deliveries a filter takes.
type changeVerb struct {
	name, path, short, long, example string
	// none says that there was nothing to do, done what was done.
	none, done string
}

func changing(e environment, v changeVerb) *cobra.Command {
	var t targeting
	var o eventOrder
	var output format
	c := &cobra.Command{
		Use: v.name + " [ID...]", Short: v.short, Long: v.long, Example: v.example, Args: eventIDs(cobra.ArbitraryArgs),
		RunE: func(c *cobra.Command, ids []string) error {
			switch {
			case len(ids) > 0 && o.ID != "":
				return usage(c, "give ids as arguments or one with --id, not both")
			case len(ids) == 0 && !o.narrows() && !o.All:
				return usage(c, v.name+" needs an ID, a filter such as --subscriber or --state, or --all for everything")
			case o.All && (len(ids) > 0 || o.narrows()):
				return usage(c, "--all is everything; with a filter or an ID, leave it out")
			case len(ids) == 0:
				ids = []string{o.ID}
			}
			n, err := t.find(c, e, false)
			if err != nil {
				return err
			}
			total := eventResult{}
			for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
				var one eventResult
				o.ID = id
				if err = n.change(c.Context(), v.path, o, &one); err != nil {
					break
				}
				total.Count += one.Count
			}
			if err != nil && total.Count == 0 {
				return err
			}
			return firstOf(v.tell(c, output, total), err)
		},
	}
	t.addTo(c)
	output.addTo(c)
	o.addTo(c, "id", "topic", "key", "subscriber", "state", "since", "until")
	c.Flags().BoolVar(&o.All, "all", false, "every delivery of the node's modules that is not done")
	return c
}

func (v changeVerb) tell(c *cobra.Command, output format, r eventResult) error {
	if output == "json" {
		return printJSON(c, r)
	}
	text := v.none
	if r.Count > 0 {
		text = counted(r.Count, "delivery is ", "deliveries are ") + v.done
	}
	_, err := fmt.Fprintln(c.OutOrStdout(), text)
	return err
}

// firstOf is the first error there is.
func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
