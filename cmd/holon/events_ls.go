package main

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// view asks the node as look does, and shows it the token: find has heard from it who it is.
func (t target) view(c *cobra.Command, path string, out any) error {
	_, err := t.call(c.Context(), callTimeout, http.MethodGet, path, nil, out, t.token)
	return err
}

// listing is what `events ls -o json` promises.
type listing struct {
	// Backlog is there when no filter was given.
	Backlog []backlogStatus `json:"backlog,omitempty"`
	eventPage
}

func newEventsList(e environment) *cobra.Command {
	var t targeting
	var s selection
	var output format
	var before string
	var limit int
	c := &cobra.Command{
		Use: "ls", Short: "list events and where their deliveries stand, newest first",
		Long: "ls lists events of the modules on a node, newest first, a line for each subscriber, and before them what each\n" +
			"subscriber has yet to get. Delivered events are listed for as long as the log keeps them (delivery.keep).",
		Example: "  holon events ls --state parked\n  holon events ls --key 01a206c4-8c9c-70b2-9f2f-0d8a3d8f6b7e --since 2h",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if limit < 1 || limit > maxRows {
				return usage(c, fmt.Sprintf("--limit must be from 1 to %d, not %d", maxRows, limit))
			}
			n, err := t.find(c, e, true)
			if err != nil {
				return err
			}
			q := s.query()
			q.Set("limit", strconv.Itoa(limit))
			if before != "" {
				q.Set("before", before)
			}
			var l listing
			if err := n.view(c, "/events?"+q.Encode(), &l.eventPage); err != nil {
				return err
			}
			if !s.narrows() && before == "" {
				var b backlogList
				if err := n.view(c, "/events/backlog", &b); err != nil {
					return err
				}
				l.Backlog = b.Items
			}
			if output == "json" {
				return printJSON(c, l)
			}
			return l.writeTo(c.OutOrStdout(), n, time.Now(), more(c, l.Next))
		},
	}
	t.addTo(c)
	output.addTo(c)
	s.addTo(c, "id", "topic", "key", "subscriber", "state", "since", "until")
	c.Flags().Var(&filterFlag{into: &before, check: checkID}, "before", "only events older than the one with this id: the next page")
	c.Flags().IntVar(&limit, "limit", defaultRows, fmt.Sprintf("how many lines, up to %d", maxRows))
	return c
}

func (l listing) writeTo(w io.Writer, n target, now time.Time, more string) error {
	if len(l.Backlog) > 0 {
		fmt.Fprintf(w, "backlog of node %s\n", n.name)
		t := newTable("  FROM", "SUBSCRIBER", "OPEN", "OLDEST", "PARKED")
		for _, b := range l.Backlog {
			t.row("  "+b.Module, b.Subscriber, strconv.Itoa(b.Open), ago(b.Oldest, now), strconv.Itoa(b.Parked))
		}
		if err := t.writeTo(w); err != nil {
			return err
		}
		fmt.Fprintln(w)
	}
	if len(l.Items) == 0 {
		_, err := fmt.Fprintf(w, "no such events in the logs of node %s\n", n.name)
		return err
	}
	t := newTable("TIME", "EVENT", "TOPIC", "KEY", "SUBSCRIBER", "STATE", "REFUSED", "NEXT", "REASON")
	for _, i := range l.Items {
		t.row(stamp(i.Time), i.ID, i.Topic, i.Key, i.to(), string(i.State), strconv.Itoa(i.Attempts), i.next(now), shortened(i.Reason))
	}
	if err := t.writeTo(w); err != nil {
		return err
	}
	if more != "" {
		fmt.Fprintf(w, "\nthere are more\n  → %s\n", more)
	}
	return nil
}

// more is the command line that shows the next page: this one with another --before.
func more(c *cobra.Command, next string) string {
	if next == "" {
		return ""
	}
	line := c.CommandPath()
	c.Flags().Visit(func(f *pflag.Flag) {
		if f.Name != "before" {
			line += " --" + f.Name + " " + quoted(f.Value.String())
		}
	})
	return line + " --before " + next
}

// quoted is a word as a shell takes it.
func quoted(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\n\"'`$&|;<>()*?[]#~!\\{}") {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
