package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"strconv"

	"github.com/spf13/cobra"
)

// tailWait is how long one request of tail waits; a request as a whole has callTimeout.
const tailWait = callTimeout - callTimeout/4

func newEventsTail(e environment) *cobra.Command {
	var t targeting
	var s selection
	var output format
	var last int
	c := &cobra.Command{
		Use: "tail", Short: "follow events as they are committed, until Ctrl-C",
		Long: "tail prints the last events and then each one as it is committed, a line each. With -o json a line is a JSON object,\n" +
			"which has the payload where the token in the node's folder of the data dir can be read.",
		Example: "  holon events tail --topic order.created\n  holon events tail -n 0 -o json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if last < 0 || last > maxLast {
				return usage(c, fmt.Sprintf("-n must be from 0 to %d, not %d", maxLast, last))
			}
			n, err := t.find(c, e, true)
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt)
			defer stop()
			c.SetContext(ctx)
			q := s.query()
			q.Set("last", strconv.Itoa(last))
			q.Set("wait", tailWait.String())
			err = n.follow(c, q, output == "json")
			if ctx.Err() != nil {
				return nil // it was to end
			}
			return err
		},
	}
	t.addTo(c)
	output.addTo(c)
	s.addTo(c, "topic", "key")
	c.Flags().IntVarP(&last, "last", "n", 10, fmt.Sprintf("how many events of the past to begin with, up to %d", maxLast))
	return c
}

// follow prints events until the node stops or the command's context ends.
func (t target) follow(c *cobra.Command, q url.Values, asJSON bool) error {
	for first := true; ; first = false {
		var tail eventTail
		if err := t.view(c, "/events/tail?"+q.Encode(), &tail); err != nil {
			return err
		}
		if first && asJSON && tail.DataWithheld != "" {
			fmt.Fprintf(c.ErrOrStderr(), "holon: no payloads: %s\n  → %s\n", tail.DataWithheld, giveDataDir)
		}
		for _, a := range tail.Items {
			if err := a.writeLine(c.OutOrStdout(), asJSON); err != nil {
				return err
			}
		}
		q.Del("last")
		q.Set("cursor", tail.Cursor)
	}
}

func (a announcement) writeLine(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(a)
	}
	_, err := fmt.Fprintln(w, printable(fmt.Sprintf("%s  %s  %-16s  %s  v%d", stamp(a.Time), a.ID, a.Topic, a.Key, a.Version)))
	return err
}
