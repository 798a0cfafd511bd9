package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func newEventsShow(e environment) *cobra.Command {
	var t targeting
	var output format
	c := &cobra.Command{
		Use: "show ID", Short: "show an event: its payload, its deliveries, and what caused it",
		Long: "show prints all that is known of an event. Its payload is shown to whoever can read the token in the node's\n" +
			"folder of the data dir.",
		Args: eventIDs(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := t.find(c, e, true)
			if err != nil {
				return err
			}
			var d, cause eventDocument
			if err := n.view(c, "/events/"+args[0], &d); err != nil {
				return err
			}
			if output == "json" {
				return printJSON(c, d)
			}
			if d.Cause != "" && n.view(c, "/events/"+d.Cause, &cause) != nil {
				cause = eventDocument{} // it is forgotten by now, or in the log of another node
			}
			return d.writeTo(c.OutOrStdout(), cause, time.Now())
		},
	}
	t.addTo(c)
	output.addTo(c)
	return c
}

// eventIDs takes arguments that are ids of events, as many as count says.
func eventIDs(count cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := count(c, args); err != nil {
			return err
		}
		for _, id := range args {
			if err := checkID(id); err != nil {
				return err
			}
		}
		return nil
	}
}

func (d eventDocument) writeTo(w io.Writer, cause eventDocument, now time.Time) error {
	t := newTable()
	t.row("event", d.ID)
	t.row("topic", fmt.Sprintf("%s  (schema %d)", d.Topic, d.Schema))
	t.row("key", fmt.Sprintf("%s  (version %d)", d.Key, d.Version))
	t.row("time", d.Time.UTC().Format(time.RFC3339Nano))
	if parts := strings.Split(d.Trace, "-"); len(parts) > 1 {
		t.row("trace id", parts[1])
	}
	switch {
	case cause.ID != "":
		t.row("caused by", fmt.Sprintf("%s  (%s of %s)", d.Cause, cause.Topic, cause.Key))
	case d.Cause != "":
		t.row("caused by", d.Cause)
	}
	if err := t.writeTo(w); err != nil {
		return err
	}
	fmt.Fprintln(w)
	t = newTable("SUBSCRIBER", "STATE", "REFUSED", "NEXT", "REPLAY", "REASON")
	for _, s := range d.Deliveries {
		replay := s.Replay
		if replay == "" {
			replay = dash
		}
		subscriber := s.Subscriber
		if subscriber == "" {
			subscriber = "(nobody)"
		}
		t.row(subscriber, string(s.State), strconv.Itoa(s.Attempts), s.next(now), replay, s.Reason)
	}
	if err := t.writeTo(w); err != nil {
		return err
	}
	fmt.Fprintln(w)
	if d.DataWithheld != "" {
		_, err := fmt.Fprintf(w, "no payload: %s\n  → %s\n", d.DataWithheld, giveDataDir)
		return err
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, d.Data, "", "  "); err != nil {
		return fmt.Errorf("show the payload: %w", err)
	}
	for line := range strings.Lines(pretty.String()) {
		fmt.Fprintln(w, printable(strings.TrimSuffix(line, "\n")))
	}
	return nil
}

// giveDataDir says how payloads get to be seen.
const giveDataDir = "give the node's data dir with --data-dir DIR, as a user who may read it"
