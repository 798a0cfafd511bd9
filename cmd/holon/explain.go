package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holon/modules"
	"holon/transport/web"
)

// explanation is what `holon explain -o json` prints.
type explanation struct {
	routed
	// To is nil where no node was asked.
	To *candidateList `json:"to,omitempty"`
	// Outside is the route to a service that is no module, where one takes the request.
	Outside *outsideRoute `json:"outside,omitempty"`
	// Elsewhere says, where no route takes the request, that a running gateway has routes which the configuration has not.
	Elsewhere string `json:"elsewhere,omitempty"`
}

var verbsOfHTTP = []string{http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPatch, http.MethodPost, http.MethodPut}

func newExplain(e environment) *cobra.Command {
	var at targeting
	var output format
	var host string
	c := &cobra.Command{
		Use: "explain METHOD PATH", Short: "show which route takes a request, and which node would be asked, and why no other",
		Long: "explain shows which route of the public API takes a request, whose it is, and to which nodes a running gateway would take\n" +
			"its calls: first, last or never, and why. The request is not made. Where no node runs it shows the route alone.",
		Example: "  holon explain POST /orders\n  holon explain GET /orders/01a206c4-8c9c-70b2-9f2f-0d8a3d8f6b7e",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			method, path, err := requestLine(args[0], args[1])
			if err != nil {
				return usage(c, err.Error())
			}
			s, err := loadSettings(c, e)
			if err != nil {
				return err
			}
			own, err := inspectEverywhere(s)
			if err != nil {
				return err
			}
			x := explanation{routed: route(method, path, allRoutes(own.API))}
			if found := own.Routes.Find(method, host, path); found != nil {
				x = explanation{routed: routed{Method: method, Path: path, Module: found.Module}, Outside: &outsideRoute{RouteState: *found}}
				if err := at.askRoute(c, e, s, x.Outside); err != nil {
					return err
				}
			}
			x.describe()
			if x.Outside == nil && x.Route == nil {
				x.Elsewhere = at.elsewhere(c, e, own.Routes.List())
			}
			if x.Route != nil {
				if x.To, err = at.candidates(c, e, s, x.Module); err != nil {
					return err
				}
			}
			if output == "json" {
				return printJSON(c, x)
			}
			return x.writeTo(c.OutOrStdout(), s.Config.Data.Dir, time.Now())
		},
	}
	at.addTo(c)
	output.addTo(c)
	c.Flags().StringVar(&host, "host", "", "host name that the request is for")
	return c
}

// requestLine reads the two words of a request; an address may be given whole.
func requestLine(method, path string) (string, string, error) {
	method = strings.ToUpper(method)
	if !slices.Contains(verbsOfHTTP, method) {
		return "", "", fmt.Errorf("%q is no method: %s", method, strings.Join(verbsOfHTTP, ", "))
	}
	u, err := url.Parse(path)
	if err != nil || !strings.HasPrefix(u.Path, "/") {
		return "", "", fmt.Errorf("%q is no path: it begins with /", path)
	}
	return method, u.EscapedPath(), nil
}

// allRoutes are those of a gateway of this binary, with what it serves beside the modules'.
func allRoutes(api *web.API) []web.RouteInfo {
	routes := api.Routes()
	for _, path := range []string{"/openapi.json", "/docs", "/docs/"} {
		routes = append(routes, web.RouteInfo{Module: "gateway", Method: http.MethodGet, Path: path, Access: web.Public})
	}
	return routes
}

// inspectEverywhere is what a gateway of this binary would have with these settings.
func inspectEverywhere(s *settings) (inspected, error) {
	everywhere := *s
	everywhere.placed = modules.Names(all())
	return inspectAll(&everywhere)
}

// candidates asks a gateway node where it would go, another node where the data dir has none, nobody where nobody runs.
func (t *targeting) candidates(c *cobra.Command, e environment, s *settings, module string) (*candidateList, error) {
	path := "/candidates?" + url.Values{"module": {module}}.Encode()
	if t.admin == "" && t.node == "" && lookup(e.env, adminVariable) == "" {
		recorded, err := recordedNodes(s.Config.Data.Dir)
		if err != nil {
			return nil, err
		}
		nodes := alive(c.Context(), recorded)
		if len(nodes) == 0 {
			return nil, hanging(recorded)
		}
		return anyGateway(c.Context(), nodes, path)
	}
	n, err := t.find(c, e, true)
	if err != nil {
		return nil, err
	}
	return anyGateway(c.Context(), []target{n}, path)
}

// anyGateway is the answer of the first gateway among the nodes, else of the first node.
func anyGateway(ctx context.Context, nodes []target, path string) (*candidateList, error) {
	var out *candidateList
	for _, n := range nodes {
		var l candidateList
		if err := n.look(ctx, path, &l); err != nil {
			return nil, err
		}
		if l.Gateway {
			return &l, nil
		}
		if out == nil {
			out = &l
		}
	}
	return out, nil
}

func (x explanation) writeTo(w io.Writer, dataDir string, now time.Time) error {
	if x.Outside != nil {
		return x.Outside.writeTo(w, x.Method+" "+printable(x.Path), dataDir, now)
	}
	if x.Route == nil {
		fmt.Fprintf(w, "%s %s is taken by no route: %s\n", x.Method, printable(x.Path), x.Refusal)
		for _, near := range x.Near {
			fmt.Fprintf(w, "  near is  %s\n", near)
		}
		if x.Elsewhere != "" {
			_, err := fmt.Fprintf(w, "  but %s\n  → holon explain … --config FILE, as the gateway was started\n", x.Elsewhere)
			return err
		}
		_, err := fmt.Fprintln(w, "  → all routes: holon describe, holon routes ls")
		return err
	}
	fmt.Fprintf(w, "%s %s is taken by %s %s of module %s\n", x.Method, printable(x.Path), x.Route.Method, x.Route.Path, x.Module)
	t := newTable()
	t.row("  who may", strings.Join(slices.DeleteFunc([]string{access(x.Route.Public), when(x.Route.Keyed, "Idempotency-Key")}, func(s string) bool { return s == "" }), ", "))
	if len(x.Calls) > 0 {
		t.row("  may call", strings.Join(x.Calls, ", "))
	}
	if len(x.Needs) > 0 {
		t.row("  which ask", strings.Join(x.Needs, ", "))
	}
	if err := t.writeTo(w); err != nil {
		return err
	}
	if x.To == nil {
		_, err := fmt.Fprintf(w, "\nno node runs in %s, so nobody can say where it would go\n", dataDir)
		return err
	}
	return x.To.writeTo(w, now)
}

func (l candidateList) writeTo(w io.Writer, now time.Time) error {
	by := "a gateway"
	if !l.Gateway {
		by = "no gateway itself: ask one with --node or --admin"
	}
	fmt.Fprintf(w, "\nnodes for calls of %s v%d, as node %s (%s) sees it\n", l.Module, l.Major, l.Node, by)
	if len(l.Candidates) == 0 {
		_, err := fmt.Fprintf(w, "  none: the answer would be 503 module_unavailable\n  → run it: holon run -m %s --join HOST:PORT\n", l.Module)
		return err
	}
	t := newTable("  NODE", "PLACE", "ADDRESS", "STATE", "IN FLIGHT", "EJECTED FOR", "TAKEN", "WHY")
	for _, c := range l.Candidates {
		ejected := dash
		if c.Ejected.After(now) {
			ejected = c.Ejected.Sub(now).Round(time.Second).String()
		}
		t.row("  "+c.Node, c.Place, c.Address, c.State, strconv.Itoa(c.InFlight), ejected, c.Verdict, orDash(strings.Join(c.Why, "; ")))
	}
	return t.writeTo(w)
}
