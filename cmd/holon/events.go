package main

import "github.com/spf13/cobra"

func newEvents(e environment) *cobra.Command {
	c := &cobra.Command{
		Use: "events", Short: "look at events and their deliveries, and work on those that are stuck",
		Long: "An event is a fact that a module has committed; each of its subscribers gets a delivery of it. A delivery is\n" +
			"waiting, retrying (it was refused and comes again), parked (it was refused too often) or delivered.",
		Example: "  holon events ls --state parked              what is stuck, and why\n" +
			"  holon events retry --subscriber user.orders once the cause is gone",
		Args: knownVerb,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newEventsList(e), newEventsShow(e), newEventsTail(e), newEventsRetry(e), newEventsReplay(e), newEventsDrop(e))
	return c
}
