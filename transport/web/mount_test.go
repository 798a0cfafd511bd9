package web_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

// mounting tries the surfaces of modules a, b and c.
func mounting(surfaces ...web.Surface) (*web.API, error) {
	return web.New(web.Params{Limits: web.DefaultLimits(), Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Surfaces: surfaces})
}

func surface(module string, routes ...web.Route) web.Surface {
	return web.Surface{Module: module, Routes: func(a *web.API) {
		for _, r := range routes {
			web.Add(a, r, ok)
		}
	}}
}

func TestNewRefusesRoutesAndNamesTheModule(t *testing.T) {
	t.Parallel()
	named := func(r web.Route, id string) web.Route {
		r.ID = id
		return r
	}
	for _, row := range []struct {
		name  string
		route web.Route
	}{
		{"the route of another module", public("GET", "/books")},
		{"the same route under another name", named(public("GET", "/books"), "another")},
		{"the same route with another parameter", named(public("GET", "/books/{key}"), "another")},
		{"an id that is taken", named(public("GET", "/elsewhere"), "get-books")},
		{"the document's path", public("GET", "/openapi.json")},
		{"the docs page's path", public("GET", "/docs")},
		{"a method nobody knows", named(public("BREW", "/coffee"), "brew")},
		{"a pattern nobody understands", public("GET", "/books/{id")},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			// Given in the wrong order: modules are mounted by name.
			_, err := mounting(surface("films", row.route), surface("books", public("GET", "/books"), public("GET", "/books/{id}")))
			require.ErrorContains(t, err, `mount the routes of module "films"`)
		})
	}
}

func TestOutputThatIsNoStructIsRefused(t *testing.T) {
	t.Parallel()
	_, err := mounting(web.Surface{Module: "films", Routes: func(a *web.API) {
		web.Add(a, public("GET", "/films"), func(context.Context, *struct{}) (*string, error) { return nil, nil })
	}})
	require.ErrorContains(t, err, `mount the routes of module "films": output must be a struct`)
}

func TestRoutesAreSorted(t *testing.T) {
	t.Parallel()
	keyed := web.Route{Method: "POST", Path: "/books", ID: "add-book", Keyed: true}
	a, err := mounting(surface("films", public("GET", "/a")), surface("books", keyed, public("GET", "/books")))
	require.NoError(t, err)
	require.Equal(t, []web.RouteInfo{
		{Module: "films", Method: "GET", Path: "/a", ID: "get-a", Access: web.Public},
		{Module: "books", Method: "GET", Path: "/books", ID: "get-books", Access: web.Public},
		{Module: "books", Method: "POST", Path: "/books", ID: "add-book", Access: web.SignedIn, Keyed: true},
	}, a.Routes())
}
