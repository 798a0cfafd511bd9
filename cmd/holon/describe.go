package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"holon/modules"
	"holon/transport/web"
)

// description is a module as `describe -o json` promises it.
type description struct {
	Name  string `json:"name"`
	About string `json:"about"`
	Major int    `json:"major"`
	// Version is that of a handler, which has one of its own.
	Version string `json:"version,omitempty"`
	Placed  bool   `json:"placed"`
	// Now is how the module is on the node that was asked; nothing where none was.
	Now     *moduleStatus       `json:"now,omitempty"`
	Needs   []string            `json:"needs"`
	Methods []methodDescription `json:"methods"`
	Routes  []routeDescription  `json:"routes"`
	// Topics are those that the module announces, Subscribers its own interests.
	Topics      []topicDescription      `json:"topics"`
	Subscribers []subscriberDescription `json:"subscribers"`
}

type methodDescription struct {
	Name       string   `json:"name"`
	Idempotent bool     `json:"idempotent"`
	Callers    []string `json:"callers"`
}

type routeDescription struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Public bool   `json:"public"`
	Keyed  bool   `json:"keyed"`
}

type topicDescription struct {
	Name        string   `json:"name"`
	Schema      int      `json:"schema"`
	Subscribers []string `json:"subscribers"`
}

type subscriberDescription struct {
	Name       string   `json:"name"`
	Topics     []string `json:"topics"`
	Replayable bool     `json:"replayable"`
}

func newDescribe(e environment) *cobra.Command {
	var at targeting
	var output format
	var whole bool
	c := &cobra.Command{
		Use: "describe", Short: "show the modules, how they are, what they need, their methods, routes and events",
		Long: "describe shows the modules of a running node and how they are, and why. Where none runs in the data dir it shows what\n" +
			"this binary would run with the given settings; it starts nothing. With --cluster it shows every node of the cluster in\n" +
			"short, as each tells it.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if whole {
				return describeCluster(c, e, &at, output)
			}
			s, err := loadSettings(c, e)
			if err != nil {
				return err
			}
			now, err := at.present(c, e, s)
			if err != nil {
				return err
			}
			if now != nil {
				s.placed, _ = now.placed()
			}
			api, err := inspect(s)
			if err != nil {
				return err
			}
			list := describe(s, api, now)
			if output == "json" {
				return printJSON(c, list)
			}
			if err := writePresent(c.OutOrStdout(), now, s.Config.Data.Dir, time.Now()); err != nil {
				return err
			}
			return writeDescriptions(c.OutOrStdout(), list)
		},
	}
	at.addFlags(c)
	addSettings(c, &whole)
	output.addTo(c)
	return c
}

// describe lists the modules sorted by name. Routes are served by gateway nodes; without one there are none.
func describe(s *settings, api *web.API, now *nodeStatus) []description {
	var list []description
	for _, m := range s.placement().All {
		d := description{
			Name: m.Name, About: m.About, Major: m.Contract.Major, Placed: slices.Contains(s.placed, m.Name),
			Needs: append([]string{}, m.Needs...), Methods: methods(m), Routes: []routeDescription{},
			Topics: topics(m), Subscribers: subscribers(m), Now: now.module(m.Name),
		}
		if m.HTTP != nil {
			d.Version = m.HTTP.Version
		}
		if m.HTTP != nil && api != nil {
			d.Routes = append(d.Routes, routeDescription{Method: "*", Path: m.HTTP.Prefix, Public: m.HTTP.Access == web.Public})
		}
		if api != nil {
			for _, r := range api.Routes() {
				if r.Module == m.Name {
					d.Routes = append(d.Routes, routeDescription{r.Method, r.Path, r.Access == web.Public, r.Keyed})
				}
			}
		}
		list = append(list, d)
	}
	slices.SortFunc(list, func(x, y description) int { return strings.Compare(x.Name, y.Name) })
	return list
}

func methods(m modules.Module) []methodDescription {
	out := []methodDescription{}
	for _, info := range m.Contract.Infos() {
		d := methodDescription{Name: info.Name, Idempotent: info.Idempotent}
		for _, caller := range info.Callers {
			d.Callers = append(d.Callers, string(caller))
		}
		out = append(out, d)
	}
	return out
}

func topics(m modules.Module) []topicDescription {
	out := []topicDescription{}
	for _, t := range m.Contract.Topics {
		d := topicDescription{Name: t.Info().Name, Schema: t.Info().Schema, Subscribers: []string{}}
		for _, other := range all() {
			for _, s := range subscribers(other) {
				if slices.Contains(s.Topics, d.Name) {
					d.Subscribers = append(d.Subscribers, s.Name)
				}
			}
		}
		slices.Sort(d.Subscribers)
		out = append(out, d)
	}
	slices.SortFunc(out, func(x, y topicDescription) int { return strings.Compare(x.Name, y.Name) })
	return out
}

func subscribers(m modules.Module) []subscriberDescription {
	out := []subscriberDescription{}
	for _, s := range m.Subscribers {
		d := subscriberDescription{Name: s.Name, Replayable: s.Replayable}
		for _, t := range s.Topics {
			d.Topics = append(d.Topics, t.Info().Name)
		}
		slices.Sort(d.Topics)
		out = append(out, d)
	}
	slices.SortFunc(out, func(x, y subscriberDescription) int { return strings.Compare(x.Name, y.Name) })
	return out
}

func writeDescriptions(w io.Writer, list []description) error {
	for _, d := range list {
		here := ""
		if !d.Placed {
			here = "  (not placed)"
		}
		version := cmp.Or(d.Version, strconv.Itoa(d.Major))
		fmt.Fprintf(w, "%s v%s%s%s\n  %s\n", d.Name, version, here, d.Now.inWords(), d.About)
		if d.Now != nil {
			for _, why := range d.Now.Why {
				fmt.Fprintf(w, "  !! %s\n", printable(why))
			}
		}
		if len(d.Needs) > 0 {
			fmt.Fprintf(w, "  needs %s\n", strings.Join(d.Needs, ", "))
		}
		var table strings.Builder
		t := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
		for _, m := range d.Methods {
			fmt.Fprintf(t, "  method\t%s\tfor %s\t%s\n", m.Name, strings.Join(m.Callers, ", "), when(m.Idempotent, "idempotent"))
		}
		for _, r := range d.Routes {
			fmt.Fprintf(t, "  route\t%s %s\t%s\t%s\n", r.Method, r.Path, access(r.Public), when(r.Keyed, "Idempotency-Key"))
		}
		for _, topic := range d.Topics {
			fmt.Fprintf(t, "  topic\t%s\tschema %d\t%s\n", topic.Name, topic.Schema, to(topic.Subscribers))
		}
		for _, s := range d.Subscribers {
			fmt.Fprintf(t, "  listens\t%s\t%s\tto %s\n", s.Name, replays(s.Replayable), strings.Join(s.Topics, ", "))
		}
		if err := t.Flush(); err != nil {
			return err
		}
		for line := range strings.Lines(table.String()) {
			fmt.Fprintln(w, strings.TrimRight(line, " \n"))
		}
		fmt.Fprintln(w)
	}
	return nil
}

func access(public bool) string {
	if public {
		return "public"
	}
	return "signed in"
}

func to(subscribers []string) string {
	if len(subscribers) == 0 {
		return "to nobody"
	}
	return "to " + strings.Join(subscribers, ", ")
}

func replays(allowed bool) string {
	if allowed {
		return "replayable"
	}
	return "once only"
}

func when(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}
