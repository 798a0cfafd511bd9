package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/cluster"
	"holon/configs"
	"holon/modules"
	"holon/transport/balance"
	"holon/transport/contract"
	"holon/transport/rpc"
)

func TestRouteOfARequest(t *testing.T) {
	t.Parallel()
	s, err := loadFrom(configs.Sources{File: "none"})
	require.NoError(t, err)
	own, err := inspectEverywhere(s)
	require.NoError(t, err)
	routes := allRoutes(own.API)
	for request, want := range map[string]struct{ route, refusal, near string }{
		"POST /orders":               {route: "POST /orders"},
		"GET /orders/01a2-b":         {route: "GET /orders/{id}"},
		"POST /orders/7/cancel":      {route: "POST /orders/{id}/cancel"},
		"HEAD /health":               {route: "GET /health"},
		"GET /.well-known/jwks.json": {route: "GET /.well-known/jwks.json"},
		"GET /docs/index.css":        {route: "GET /docs/"},
		"DELETE /orders/7":           {refusal: "405, because the path takes GET", near: "GET /orders/{id}"},
		"DELETE /orders":             {refusal: "405, because the path takes GET, POST", near: "GET /orders,POST /orders"},
		"GET /user":                  {refusal: "404 no_route", near: "GET /users,POST /users,DELETE /users/{id},GET /users/{id},PATCH /users/{id}"},
		"GET /":                      {refusal: "404 no_route"},
		"GET /something/else":        {refusal: "404 no_route"},
	} {
		method, path, _ := strings.Cut(request, " ")
		got := route(method, path, routes)
		require.Equal(t, want.refusal, got.Refusal, request)
		require.Equal(t, want.near, strings.Join(got.Near, ","), request)
		if want.route != "" {
			require.NotNil(t, got.Route, request)
			require.Equal(t, want.route, got.Route.Method+" "+got.Route.Path)
		}
	}
}

func TestWhatIsMadeOfACandidate(t *testing.T) {
	t.Parallel()
	var order contract.Contract
	for _, c := range modules.Contracts(all()) {
		if c.Module == "order" {
			order = c
		}
	}
	var methods []string
	for _, m := range order.Infos() {
		methods = append(methods, m.Name)
	}
	node := cluster.Node{Name: "n2", Boot: "b", Addr: "127.0.0.1:1", State: cluster.Ready}
	ready := cluster.ModuleState{Name: "order", Major: order.Major, State: cluster.Ready}
	known := rpc.State{State: balance.State{Instance: balance.Instance{ID: "n2~b"}, InFlight: 3}, Connected: true, Methods: methods}
	until := time.Now().Add(time.Minute).UTC()
	for name, row := range map[string]struct {
		node      func(*cluster.Node)
		module    func(*cluster.ModuleState)
		known     func(*rpc.State)
		own, here bool
		verdict   string
		why       string
	}{
		"well":          {verdict: takenFirst},
		"here":          {own: true, here: true, verdict: takenFirst},
		"not yet here":  {own: true, verdict: takenNever, why: "it is starting or stopping here"},
		"another":       {here: true, verdict: takenNever, why: "the module is ready on this node, so no other is asked"},
		"node starting": {node: func(n *cluster.Node) { n.State = cluster.Starting }, verdict: takenNever, why: "it is starting"},
		"module starting": {module: func(m *cluster.ModuleState) { m.State = cluster.Starting }, verdict: takenNever,
			why: "it is starting"},
		"draining":    {node: func(n *cluster.Node) { n.State = cluster.Draining }, verdict: takenLast, why: "it is draining"},
		"other major": {module: func(m *cluster.ModuleState) { m.Major = 9 }, verdict: takenNever, why: "it speaks major 9 and this node major 1"},
		"ejected":     {known: func(s *rpc.State) { s.Until = until }, verdict: takenLast, why: "it is ejected: calls to it failed"},
		"lacks a method": {known: func(s *rpc.State) { s.Methods = methods[1:] }, verdict: takenFirst,
			why: "it lacks " + methods[0]},
		"no connection": {known: func(s *rpc.State) { s.Connected, s.Failed = false, errors.New("refused") }, verdict: takenFirst,
			why: "no connection: refused"},
	} {
		n, m, s := node, ready, known
		if row.node != nil {
			row.node(&n)
		}
		if row.module != nil {
			row.module(&m)
		}
		if row.known != nil {
			row.known(&s)
		}
		got := judge(n, m, row.own, row.here, order, []rpc.State{s})
		require.Equal(t, row.verdict, got.Verdict, name)
		require.Equal(t, row.why, strings.Join(got.Why, "; "), name)
		if !row.own {
			require.Equal(t, 3, got.InFlight, name)
		}
	}
}

func TestExplanationInWords(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	x := explanation{routed: routed{Method: "POST", Path: "/orders", Module: "order", Route: &routeDescription{"POST", "/orders", false, true}}}
	x.describe()
	x.To = &candidateList{Node: "g", Gateway: true, Module: "order", Major: 1, Candidates: []candidate{
		{Node: "n2", Place: "remote", Address: "127.0.0.1:1", State: "ready", InFlight: 2, Verdict: takenFirst},
		{Node: "n3", Place: "remote", Address: "127.0.0.1:2", State: "ready", Ejected: now.Add(4 * time.Second), Verdict: takenLast, Why: []string{"it is ejected: calls to it failed"}},
	}}
	var out strings.Builder
	require.NoError(t, x.writeTo(&out, "data", now))
	require.Equal(t, `POST /orders is taken by POST /orders of module order
  who may    signed in, Idempotency-Key
  may call   order.cancel, order.confirm, order.get, order.list, order.place
  which ask  user

nodes for calls of order v1, as node g (a gateway) sees it
  NODE  PLACE   ADDRESS      STATE  IN FLIGHT  EJECTED FOR  TAKEN  WHY
  n2    remote  127.0.0.1:1  ready  2          -            first  -
  n3    remote  127.0.0.1:2  ready  0          4s           last   it is ejected: calls to it failed
`, out.String())
	x.To.Candidates = nil
	out.Reset()
	require.NoError(t, x.To.writeTo(&out, now))
	require.Contains(t, out.String(), "none: the answer would be 503 module_unavailable")
}
