package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
	"unicode/utf8"
)

// table writes aligned columns without blanks at the ends of lines.
type table struct {
	text strings.Builder
	tabs *tabwriter.Writer
}

func newTable(head ...string) *table {
	t := &table{}
	t.tabs = tabwriter.NewWriter(&t.text, 0, 0, 2, ' ', 0)
	if len(head) > 0 {
		t.row(head...)
	}
	return t
}

// row adds a line. What others have written must not steer the terminal.
func (t *table) row(cells ...string) {
	for i, c := range cells {
		cells[i] = printable(c)
	}
	fmt.Fprintln(t.tabs, strings.Join(cells, "\t"))
}

func (t *table) writeTo(w io.Writer) error {
	if err := t.tabs.Flush(); err != nil {
		return err
	}
	for line := range strings.Lines(t.text.String()) {
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// printable is text on one line without control characters.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

// maxCell is how many characters of a reason a list shows.
const maxCell = 60

func shortened(text string) string {
	if utf8.RuneCountInString(text) <= maxCell {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:maxCell-1])) + "…"
}

// stamp is a time as it may be given back to --since.
func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

// dash stands for nothing in a column of figures.
const dash = "-"

// ago is how long ago something was, in whole seconds.
func ago(at, now time.Time) string {
	if at.IsZero() {
		return dash
	}
	return max(now.Sub(at), 0).Round(time.Second).String()
}

// next is when a delivery is tried again.
func (d deliveryStatus) next(now time.Time) string {
	switch {
	case d.Due.IsZero():
		return dash
	case !d.Due.After(now):
		return "now"
	default:
		return "in " + d.Due.Sub(now).Round(time.Second).String()
	}
}

// to names the delivery's subscriber, and its replay where it has one.
func (d deliveryStatus) to() string {
	switch {
	case d.Subscriber == "":
		return dash
	case d.Replay != "":
		return d.Subscriber + " (replay)"
	default:
		return d.Subscriber
	}
}

// counted is a number with its noun.
func counted(n int, noun, plural string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %s", n, plural)
}
