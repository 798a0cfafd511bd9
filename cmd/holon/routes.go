package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holon/configs"
	"holon/modules/gateway/gatewayfx"
)

func newRoutes(e environment) *cobra.Command {
	c := &cobra.Command{
		Use: "routes", Short: "routes to services outside (gateway.routes), and to modules that are handlers", Args: knownVerb,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newRoutesLs(e), newRoutesValidate(e), newRoutesReload(e))
	return c
}

func newRoutesLs(e environment) *cobra.Command {
	t := targeting{running: []string{"gateway"}}
	var output format
	c := &cobra.Command{
		Use: "ls", Short: "list the routes of a running gateway, with the state of what is behind them",
		Long: "ls lists the routes to services outside and to handlers and, for each instance of a service, whether requests go through: its breaker is\n" +
			"closed when they do, open while it is left alone after failures, and half-open when one request at a time tries it.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			n, err := t.find(c, e, true)
			if err != nil {
				return err
			}
			var l routeList
			if err := n.look(c.Context(), "/routes", &l); err != nil {
				return err
			}
			if output == "json" {
				return printJSON(c, l)
			}
			return l.writeTo(c.OutOrStdout(), time.Now())
		},
	}
	t.addTo(c)
	output.addTo(c)
	return c
}

func newRoutesValidate(e environment) *cobra.Command {
	c := &cobra.Command{
		Use: "validate", Short: "check the routes of the configuration beside those of the modules, and change nothing",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := loadSettings(c, e)
			if err != nil {
				return err
			}
			if _, err := inspectEverywhere(s); err != nil {
				return &failure{code: exitConfig, text: err.Error(), next: "holon routes validate, once that is mended"}
			}
			n := len(s.sections["gateway"].(*gatewayfx.Settings).Routes)
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s good: a running gateway takes them over with holon routes reload\n", counted(n, "route is", "routes are"))
			return err
		},
	}
	configs.AddFlags(c.Flags())
	return c
}

func newRoutesReload(e environment) *cobra.Command {
	t := targeting{running: []string{"gateway"}}
	var output format
	c := &cobra.Command{
		Use: "reload", Short: "have a gateway take over the routes and rate limits of its configuration, all or none",
		Long: "reload has a gateway read its configuration again, from where it had it at its start, and take over routes and rate limits\n" +
			"as a whole: where anything is wrong, nothing changes. Requests under way go on as they began. SIGHUP does the same.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			n, err := t.find(c, e, false)
			if err != nil {
				return err
			}
			var d gatewayfx.Diff
			if err := n.change(c.Context(), "/routes/reload", nil, &d); err != nil {
				return err
			}
			if output == "json" {
				return printJSON(c, d)
			}
			return writeDiff(c.OutOrStdout(), d)
		},
	}
	t.addTo(c)
	output.addTo(c)
	return c
}

func writeDiff(w io.Writer, d gatewayfx.Diff) error {
	for _, line := range []struct {
		sign  string
		names []string
	}{{"+", d.Added}, {"-", d.Removed}, {"~", d.Changed}} {
		for _, name := range line.names {
			if _, err := fmt.Fprintf(w, "%s %s\n", line.sign, name); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintf(w, "%d added, %d removed, %d changed, %d as before\n", len(d.Added), len(d.Removed), len(d.Changed), d.Same)
	return err
}

func (l routeList) writeTo(w io.Writer, now time.Time) error {
	if len(l.Items) == 0 {
		_, err := fmt.Fprintln(w, "no routes to services outside; they are gateway.routes in the configuration")
		return err
	}
	t := newTable("ROUTE", "METHODS", "HOSTS", "PATH", "WHO MAY", "GOES TO", "BREAKER", "FAILURES", "IN FLIGHT", "RETRIED")
	for _, r := range l.Items {
		methods, hosts := strings.Join(r.Methods, ","), strings.Join(r.Hosts, ",")
		if r.Module != "" {
			t.row(r.Name, orAll(methods), orAll(hosts), r.Path, r.Auth, "module "+r.Module, dash, dash, dash, dash)
			continue
		}
		who := r.Auth
		if len(r.Roles)+len(r.Scopes) > 0 {
			who = strings.Join(append(append([]string{}, r.Roles...), r.Scopes...), ",")
		}
		if len(r.Instances) == 0 {
			t.row(r.Name, orAll(methods), orAll(hosts), r.Path, who, strings.TrimSpace("nobody: "+r.Why), dash, dash, dash, fmt.Sprint(r.Retried))
		}
		for i, in := range r.Instances {
			row := []string{r.Name, orAll(methods), orAll(hosts), r.Path, who}
			if i > 0 {
				row = []string{"", "", "", "", ""}
			}
			t.row(append(row, strings.TrimSpace(in.Address+" "+in.Version), through(r, in, now), fmt.Sprint(in.Failures), fmt.Sprint(in.InFlight), fmt.Sprint(r.Retried))...)
		}
	}
	return t.writeTo(w)
}

// through says whether requests go through to an instance.
func through(r gatewayfx.RouteState, in gatewayfx.Instance, now time.Time) string {
	text := breaker(in.Breaker, in.Until, now)
	switch {
	case in.Last && r.Handler:
		text += ", fails its checks or drains"
	case in.Last:
		text += ", fails its checks"
	}
	return text
}

func breaker[S ~string](state S, until, now time.Time) string {
	if until.After(now) {
		return fmt.Sprintf("%s, %s more", state, until.Sub(now).Round(time.Second))
	}
	return string(state)
}

func orAll(s string) string {
	if s == "" {
		return "all"
	}
	return s
}
