package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holon/modules/gateway/gatewayfx"
)

// outsideRoute is a route to a service outside, with what a running gateway makes of its instances.
type outsideRoute struct {
	gatewayfx.RouteState
	// Node is the gateway that was asked, "" for none; then the state of instances is that of a beginning.
	Node string `json:"node,omitempty"`
	// Stale says that the gateway has no route of that name, or another one: its configuration was changed and not reloaded.
	Stale bool `json:"stale,omitempty"`
}

// askRoute fills in what a running gateway knows of the route.
func (t *targeting) askRoute(c *cobra.Command, e environment, s *settings, r *outsideRoute) error {
	if t.admin == "" && t.node == "" && lookup(e.env, adminVariable) == "" {
		recorded, err := recordedNodes(s.Config.Data.Dir)
		if err != nil {
			return err
		}
		if len(alive(c.Context(), recorded)) == 0 {
			return hanging(recorded)
		}
	}
	n, l, err := t.gatewayRoutes(c, e)
	if err != nil {
		return err
	}
	r.Node, r.Stale = n.name, true
	for _, running := range l.Items {
		if running.Name == r.Name && running.Path == r.Path {
			r.RouteState, r.Stale = running, false
		}
	}
	return nil
}

// gatewayRoutes are those of a gateway that runs.
func (t *targeting) gatewayRoutes(c *cobra.Command, e environment) (n target, l routeList, err error) {
	t.running = []string{"gateway"}
	if n, err = t.find(c, e, true); err != nil {
		return n, l, err
	}
	return n, l, n.look(c.Context(), "/routes", &l)
}

// elsewhere are the routes that a running gateway has and the configuration at hand has not, in words; "" for none, or where
// nobody can be asked.
func (t *targeting) elsewhere(c *cobra.Command, e environment, own []gatewayfx.RouteState) string {
	n, l, err := t.gatewayRoutes(c, e)
	if err != nil {
		return ""
	}
	var names []string
	for _, r := range l.Items {
		if !slices.ContainsFunc(own, func(o gatewayfx.RouteState) bool { return o.Name == r.Name && o.Path == r.Path }) {
			names = append(names, r.Name+" ("+r.Path+")")
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("the gateway on node %s has routes that this configuration has not: %s", n.name, strings.Join(names, ", "))
}

func (r *outsideRoute) writeTo(w io.Writer, request, dataDir string, now time.Time) error {
	by := "route " + r.Name + " (gateway.routes)"
	if r.Own {
		by = "module " + r.Name + ", which is a handler"
	}
	fmt.Fprintf(w, "%s is taken by %s, %s\n", request, by, r.Path)
	t := newTable()
	t.row("  who may", r.whoMay())
	t.row("  rate limit", orNone(r.RateLimit))
	t.row("  priority", r.Priority)
	if r.Module != "" {
		t.row("  goes to", "module "+r.Module+", by its own route: holon explain shows where, with the path that is sent on")
		return t.writeTo(w)
	}
	if err := t.writeTo(w); err != nil {
		return err
	}
	switch {
	case r.Node == "":
		fmt.Fprintf(w, "\nno gateway runs in %s, so nobody can say how its instances are\n", dataDir)
	case r.Stale:
		fmt.Fprintf(w, "\nthe gateway on node %s has not got this route yet\n  → holon routes reload\n", r.Node)
	default:
		fmt.Fprintf(w, "\ninstances, as node %s (a gateway) sees them\n", r.Node)
	}
	if len(r.Instances) == 0 && r.Node != "" {
		_, err := fmt.Fprintf(w, "  nobody: %s\n", r.Why)
		return err
	}
	if r.Node == "" {
		return nil
	}
	i := newTable("  INSTANCE", "VERSION", "SHARE", "IN FLIGHT", "FAILURES", "BREAKER", "TAKEN")
	for _, in := range r.Instances {
		i.row("  "+in.Address, orDash(in.Version), strconv.Itoa(in.Weight), strconv.Itoa(in.InFlight), strconv.Itoa(in.Failures),
			breaker(in.Breaker, in.Until, now), r.taken(in, now))
	}
	return i.writeTo(w)
}

// whoMay says who may ask.
func (r *outsideRoute) whoMay() string {
	switch {
	case r.Auth == "none":
		return "everybody"
	case r.Module != "":
		return "as the module's own route says"
	}
	who := "whoever has a good token, or an API key with the scope " + r.Scope
	if len(r.Roles) > 0 {
		who += "; one of the roles " + strings.Join(r.Roles, ", ")
	}
	if len(r.Scopes) > 0 {
		who += "; the scopes " + strings.Join(r.Scopes, ", ")
	}
	return who
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// taken says in a word or two whether an instance gets requests.
func (r *outsideRoute) taken(in gatewayfx.Instance, now time.Time) string {
	direct := slices.ContainsFunc(r.Instances, func(own gatewayfx.Instance) bool { return own.Here && !own.Last })
	switch {
	case in.Here && !in.Last:
		return "always, and directly"
	case direct:
		return "never, while the module is well on the gateway's node"
	case in.Last && r.Handler:
		return "last: it fails its checks or drains"
	case in.Last:
		return "last: it fails the registry's checks"
	case in.Weight == 0:
		return "never: its version has weight 0"
	case in.Until.After(now):
		return "last: it has failed too often"
	case !in.Until.IsZero():
		return "one request at a time, to try it"
	default:
		return "first"
	}
}
