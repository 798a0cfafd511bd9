package main

import (
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holon/transport/web"
)

func newRequests(e environment) *cobra.Command {
	var at targeting
	var output format
	var failedOnly, slowOnly bool
	var route string
	var limit int
	c := &cobra.Command{
		Use: "requests [TRACE]", Short: "show the failed and the slow requests of the last minutes, and where their time went",
		Long: "requests shows what a gateway node remembers: the last 200 requests that failed (a status of 500 or more, 429, 499, or\n" +
			"no whole answer) and the last 200 that were slow (gateway.slow_request), each for 15 minutes. With the trace id of a\n" +
			"problem or a log line it shows that one with all its calls.",
		Example: "  holon requests --failed\n  holon requests 4f1d6f0c53f3a1c7a1c9f0f4c3b2a190",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			q := url.Values{"limit": {strconv.Itoa(limit)}}
			switch {
			case limit < 1 || limit > maxRows:
				return usage(c, fmt.Sprintf("--limit must be from 1 to %d, not %d", maxRows, limit))
			case failedOnly && slowOnly:
				return usage(c, "--failed and --slow are two kinds; leave both out for both")
			case failedOnly:
				q.Set("kind", web.Failed)
			case slowOnly:
				q.Set("kind", web.Slow)
			}
			if route != "" {
				q.Set("route", route)
			}
			if len(args) == 1 {
				q.Set("trace_id", args[0])
			}
			n, err := at.find(c, e, true)
			if err != nil {
				return err
			}
			var l requestList
			if err := n.view(c, "/requests?"+q.Encode(), &l); err != nil {
				return err
			}
			switch {
			case output == "json":
				return printJSON(c, l)
			case len(l.Items) == 0 && len(args) == 1:
				return failed("its log may have it: grep trace_id="+args[0]+"   (all that failed or were slow: holon requests)",
					"node %s remembers no request of trace %s: only failed (5xx, 429, 499, broken off) and slow ones are kept, for 15 minutes", n.name, args[0])
			case len(l.Items) == 0:
				_, err := fmt.Fprintf(c.OutOrStdout(), "no such requests on node %s in the last minutes\n", n.name)
				return err
			case len(args) == 1:
				return writeRequest(c.OutOrStdout(), l.Items[0])
			default:
				return writeRequests(c.OutOrStdout(), l.Items)
			}
		},
	}
	at.addTo(c)
	output.addTo(c)
	c.Flags().BoolVar(&failedOnly, "failed", false, "only those that failed")
	c.Flags().BoolVar(&slowOnly, "slow", false, "only those that were slow and did not fail")
	c.Flags().StringVar(&route, "route", "", "only those of this route, such as /orders/{id}")
	c.Flags().IntVar(&limit, "limit", defaultRows, fmt.Sprintf("how many, up to %d", maxRows))
	return c
}

func writeRequests(w io.Writer, list []web.Request) error {
	t := newTable("TIME", "METHOD", "ROUTE", "STATUS", "CODE", "TOOK", "MOST OF IT IN", "TRACE")
	for _, r := range list {
		t.row(stamp(r.Time), r.Method, r.Route, statusText(r.Status), orDash(r.Code), short(r.Took), longest(r), r.TraceID)
	}
	return t.writeTo(w)
}

// longest names the call that took most of a request's time.
func longest(r web.Request) string {
	most := -1
	for i, call := range r.Calls {
		if most < 0 || call.Took > r.Calls[most].Took {
			most = i
		}
	}
	if most < 0 {
		return dash
	}
	return r.Calls[most].Method + " " + short(r.Calls[most].Took)
}

// writeRequest shows one request and its calls on a line of time.
func writeRequest(w io.Writer, r web.Request) error {
	t := newTable()
	for _, row := range [][2]string{
		{"request", r.Method + " " + r.Path}, {"route", r.Route}, {"at", r.Time.UTC().Format(time.RFC3339Nano)},
		{"status", statusText(r.Status)}, {"code", orDash(r.Code)}, {"took", tookText(r)}, {"user", orDash(r.Subject)},
		{"trace", r.TraceID}, {"request id", r.RequestID},
	} {
		t.row(row[0], row[1])
	}
	if err := t.writeTo(w); err != nil {
		return err
	}
	if len(r.Calls) == 0 {
		_, err := fmt.Fprintln(w, "\nit made no calls")
		return err
	}
	fmt.Fprintln(w)
	t = newTable("CALL", "AFTER", "TOOK", "ANSWER", "WHEN")
	for _, c := range r.Calls {
		t.row(c.Method, short(c.Start), short(c.Took), c.Code, bar(c.Start, c.Took, r.Took))
	}
	if err := t.writeTo(w); err != nil {
		return err
	}
	if r.MoreCalls > 0 {
		fmt.Fprintf(w, "and %s\n", counted(r.MoreCalls, "more call", "more calls"))
	}
	return nil
}

// barWidth is how many characters stand for the whole time of a request.
const barWidth = 40

// bar draws a part of the whole: where it began and how long it was.
func bar(start, took, whole time.Duration) string {
	if whole <= 0 {
		return ""
	}
	at := func(d time.Duration) int { return int(min(max(float64(d)/float64(whole), 0), 1) * barWidth) }
	from := min(at(start), barWidth-1)
	to := max(at(start+took), from+1)
	return strings.Repeat("·", from) + strings.Repeat("█", to-from) + strings.Repeat("·", barWidth-to)
}

// short rounds a duration to what people compare.
func short(d time.Duration) string {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	default:
		return d.Round(time.Microsecond).String()
	}
}

// tookText tells of a client that took its time to send the body.
func tookText(r web.Request) string {
	if r.Waited == 0 {
		return short(r.Took)
	}
	return short(r.Took) + ", of which " + short(r.Waited) + " until the body was there"
}

func statusText(code int) string {
	if code == 0 {
		return dash
	}
	return strconv.Itoa(code)
}

func orDash(s string) string {
	if s == "" {
		return dash
	}
	return s
}
