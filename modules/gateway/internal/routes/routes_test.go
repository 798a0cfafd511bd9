package routes_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/routes"
)

// route is one with its defaults.
func route(name, path string, edit ...func(*routes.Route)) routes.Route {
	r := routes.Route{Name: name, Path: path, Upstreams: []routes.Upstream{{URL: "http://127.0.0.1:9000", Version: "1.0.0"}}}
	r.Defaults()
	for _, e := range edit {
		e(&r)
	}
	return r
}

func hosts(h ...string) func(*routes.Route) { return func(r *routes.Route) { r.Hosts = h } }

var modulesOwn = []routes.Builtin{
	{Method: "GET", Path: "/users/{id}", Module: "user", Version: "1.0.0"}, {Method: "POST", Path: "/users", Module: "user", Version: "1.0.0"},
}

func table(t *testing.T, all ...routes.Route) *routes.Table {
	t.Helper()
	made, err := routes.New(all, []string{"slow"}, &routes.Beside{Builtins: modulesOwn})
	require.NoError(t, err)
	return made
}

func found(table *routes.Table, method, target string) string {
	r := httptest.NewRequest(method, target, nil)
	if c := table.Find(r); c != nil {
		return c.Name
	}
	return ""
}

func TestFind(t *testing.T) {
	t.Parallel()
	all := table(t,
		route("shop", "/shop/{rest...}"), route("cart", "/shop/cart/{id}", func(r *routes.Route) { r.Methods = []string{"GET", "PUT"} }),
		route("root", "/{rest...}", hosts("www.example.com")), route("below", "/{rest...}", hosts("*.example.com")),
		route("deeper", "/{rest...}", hosts("*.eu.example.com")), route("admin", "/users/{id}/photo"),
	)
	for request, want := range map[string]string{
		"GET http://h/shop/a/b":                 "shop",
		"GET http://h/shop/":                    "shop",
		"GET http://h/shop":                     "shop",
		"GET http://h/shopping":                 "",
		"GET http://h/shop/cart/1":              "cart",
		"HEAD http://h/shop/cart/1":             "cart",
		"DELETE http://h/shop/cart/1":           "shop",
		"GET http://h/users/1":                  "",
		"GET http://h/users/1/photo":            "admin",
		"GET http://www.example.com/x":          "root",
		"GET http://WWW.Example.com.:8080/x":    "root",
		"GET http://a.example.com/":             "below",
		"GET http://a.b.example.com/":           "below",
		"GET http://a.eu.example.com/":          "deeper",
		"GET http://example.com/":               "",
		"GET http://www.example.com/users/1":    "root",
		"GET http://xexample.com/":              "",
		"GET http://h/shop/../users/1":          "",
		"GET http://h/shop//x":                  "",
		"GET http://h/%73hop/x":                 "shop",
		"GET http://www.example.com.evil.com/x": "",
	} {
		method, target, _ := strings.Cut(request, " ")
		require.Equal(t, want, found(all, method, target), request)
	}
	require.Empty(t, found(table(t), "GET", "http://h/shop"), "no routes")
}

func TestTarget(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ path, strip, rewrite, request, want string }{
		{"/shop/{rest...}", "", "", "/shop/a%20b", "/shop/a%20b"},
		{"/shop/{rest...}", "/shop", "", "/shop/a%20b/c", "/a%20b/c"},
		{"/shop/{rest...}", "/shop", "", "/shop", "/"},
		{"/shop/{rest...}", "/shop", "", "/shop/", "/"},
		{"/shop/{rest...}", "/shop", "", "/%73hop/x", "/x"},
		{"/a/b/{rest...}", "/a/b", "", "/a/b/c", "/c"},
		{"/shop/{id}/items/{item}", "", "/v2/{item}/of/{id}", "/shop/7/items/a%2Bb", "/v2/a%2Bb/of/7"},
		{"/shop/{rest...}", "", "/v2/{rest...}", "/shop/x/y", "/v2/x/y"},
		{"/shop/{rest...}", "", "/v2/{rest}", "/shop", "/v2/"},
	} {
		all := table(t, route("x", row.path, func(r *routes.Route) { r.Strip, r.Rewrite = row.strip, row.rewrite }))
		r := httptest.NewRequest(http.MethodGet, row.request, nil)
		require.Equal(t, row.want, all.Find(r).SentPath(r.URL), "%+v", row)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	edit := func(e func(*routes.Route)) []routes.Route { return []routes.Route{route("x", "/x/{id}", e)} }
	for _, row := range []struct {
		want string
		all  []routes.Route
	}{
		{"routes[0].name must be 1 to 64", edit(func(r *routes.Route) { r.Name = "My Shop" })},
		{"routes[0].name must be 1 to 64", edit(func(r *routes.Route) { r.Name = "" })},
		{`routes[1].name is "a", as is that of routes[0]`, []routes.Route{route("a", "/a"), route("a", "/b")}},
		{"routes[0].path must begin with /", edit(func(r *routes.Route) { r.Path = "x" })},
		{"routes[0].path must have {names} that fill their segment", edit(func(r *routes.Route) { r.Path = "/a{id}" })},
		{"routes[0].path must have {rest...} at its end", edit(func(r *routes.Route) { r.Path = "/{rest...}/x" })},
		{"must have no empty segment", edit(func(r *routes.Route) { r.Path = "/a//b" })},
		{"must have no segment", edit(func(r *routes.Route) { r.Path = "/a/../b" })},
		{"cannot be routed", edit(func(r *routes.Route) { r.Path = "/y/{id}/{id}" })},
		{`routes[1].path "/x/{b}" and that of route "a" take the same requests`, []routes.Route{route("a", "/x/{a}"), route("b", "/x/{b}")}},
		{`takes requests of GET /users/{id} of module user`, []routes.Route{route("a", "/users/{key}", func(r *routes.Route) { r.Methods = []string{"GET"} })}},
		{"routes[0].hosts must be host names", edit(hosts("Shop.example.com"))},
		{"routes[0].hosts must be host names", edit(hosts("shop.example.com:80"))},
		{"routes[0].hosts must be host names", edit(hosts("*"))},
		{"routes[0].methods must be methods", edit(func(r *routes.Route) { r.Methods = []string{"get"} })},
		{"routes[0].methods must be methods", edit(func(r *routes.Route) { r.Methods = []string{"CONNECT"} })},
		{"or a service must be given", edit(func(r *routes.Route) { r.Upstreams = nil })},
		{"or a service must be given", edit(func(r *routes.Route) { r.Service = "user" })},
		{"must have urls such as", edit(func(r *routes.Route) { r.Upstreams[0].URL = "127.0.0.1:9000" })},
		{"must have urls such as", edit(func(r *routes.Route) { r.Upstreams[0].URL = "http://u:p@h:1" })},
		{"must have urls with a port", edit(func(r *routes.Route) { r.Upstreams[0].URL = "http://h" })},
		{"have a version \"1.2\" that is none", edit(func(r *routes.Route) { r.Upstreams[0].Version = "1.2" })},
		{"name \"http://127.0.0.1:9000\" twice", edit(func(r *routes.Route) { r.Upstreams = append(r.Upstreams, r.Upstreams[0]) })},
		{"routes[0].version must be latest", edit(func(r *routes.Route) { r.Version = "newest" })},
		{"no upstream is of such a version", edit(func(r *routes.Route) { r.Version = "^2" })},
		{"of which there is no upstream", edit(func(r *routes.Route) { r.Weights = []routes.Weight{{Version: "2.0.0", Weight: 1}} })},
		{"must leave something", edit(func(r *routes.Route) { r.Weights = []routes.Weight{{Version: "1.0.0"}} })},
		{"routes[0].weights must be between", edit(func(r *routes.Route) { r.Weights = []routes.Weight{{Version: "1.0.0", Weight: -1}} })},
		{"leave one out", edit(func(r *routes.Route) { r.Strip, r.Rewrite = "/x", "/y" })},
		{"cannot strip \"/y\" of paths", edit(func(r *routes.Route) { r.Strip = "/y" })},
		{"cannot strip \"/x/\"", edit(func(r *routes.Route) { r.Strip = "/x/" })},
		{"names {key}, which the path does not have; it has id", edit(func(r *routes.Route) { r.Rewrite = "/y/{key}" })},
		{"routes[0].timeout must be between", edit(func(r *routes.Route) { r.Timeout = 0 })},
		{"routes[0].auth must be one of none, any", edit(func(r *routes.Route) { r.Auth = "some" })},
		{"routes[0].auth is none", edit(func(r *routes.Route) { r.Auth, r.Roles = "none", []string{"admin"} })},
		{"routes[0].rate_limit must name one", edit(func(r *routes.Route) { r.RateLimit = "fast" })},
		{"routes[0].priority must be one of", edit(func(r *routes.Route) { r.Priority = "high" })},
		{"cannot be everybody together with credentials", edit(func(r *routes.Route) { r.CORS.Origins, r.CORS.Credentials = []string{"*"}, true })},
		{"must be scheme://host", edit(func(r *routes.Route) { r.CORS.Origins = []string{"example.com"} })},
		{"must be names of headers", edit(func(r *routes.Route) { r.CORS.Headers = []string{"a b"} })},
		{"routes[0].service must be the name of a module or of a service that leases", edit(func(r *routes.Route) { r.Service, r.Upstreams = "My Shop", nil })},
		{`routes[0].version is "^2", and module user is version 1.0.0`, edit(func(r *routes.Route) { r.Service, r.Upstreams, r.Version = "user", nil, "^2" })},
		{"is a module", edit(func(r *routes.Route) { r.Service, r.Upstreams, r.Upgrade = "user", nil, true })},
	} {
		_, err := routes.New(row.all, []string{"slow"}, &routes.Beside{Builtins: modulesOwn})
		require.ErrorContains(t, err, row.want)
	}
	_, err := routes.New([]routes.Route{route("", "/a"), route("b", "b")}, nil, nil)
	require.ErrorContains(t, err, "routes[0].name")
	require.ErrorContains(t, err, "routes[1].path", "all of it at once")
}

// TestChoose holds which of a service's instances get requests, and in which shares.
func TestChoose(t *testing.T) {
	t.Parallel()
	all := []routes.Target{{ID: "a", Version: "1.0.0"}, {ID: "b", Version: "1.0.0"}, {ID: "c", Version: "1.1.0"}, {ID: "d", Version: "2.0.0", Last: true}, {ID: "e"}}
	for what, row := range map[string]struct {
		version string
		weights []routes.Weight
		all     []routes.Target
		ids     string
		shares  []routes.Weight
	}{
		"any": {"", nil, all, "abcde", []routes.Weight{{Version: "1.0.0", Weight: 2}, {Version: "1.1.0", Weight: 1}, {Version: "2.0.0"}, {Weight: 1}}},
		"latest is the greatest, though its only instance is not well": {"latest", nil, all, "d", []routes.Weight{{Version: "2.0.0", Weight: 1}}},
		"a constraint": {"^1", nil, all, "abc", []routes.Weight{{Version: "1.0.0", Weight: 2}, {Version: "1.1.0", Weight: 1}}},
		"none":         {"^3", nil, all, "", nil},
		"no instance":  {"", nil, nil, "", nil},
		"weights": {"", []routes.Weight{{Version: "1.0.0", Weight: 9}, {Version: "1.1.0", Weight: 1}, {Version: "9.0.0", Weight: 5}}, all[:3], "abc",
			[]routes.Weight{{Version: "1.0.0", Weight: 9}, {Version: "1.1.0", Weight: 1}}},
		"a version of which nobody is well gives its share away": {"", []routes.Weight{{Version: "1.1.0", Weight: 1}, {Version: "2.0.0", Weight: 9}}, all[2:4], "cd",
			[]routes.Weight{{Version: "1.1.0", Weight: 1}, {Version: "2.0.0"}}},
		"and takes it where nobody else has one": {"", []routes.Weight{{Version: "1.1.0"}, {Version: "2.0.0", Weight: 9}}, all[2:4], "cd",
			[]routes.Weight{{Version: "1.1.0"}, {Version: "2.0.0", Weight: 9}}},
	} {
		c := table(t, route("x", "/x", func(r *routes.Route) {
			r.Service, r.Upstreams, r.Version, r.Weights = "shop", nil, row.version, row.weights
		})).Routes()[0]
		require.True(t, c.Leased(), what)
		chosen, shares := c.Choose(row.all)
		ids := ""
		for _, target := range chosen {
			ids += target.ID
		}
		require.Equal(t, row.ids, ids, what)
		require.Equal(t, row.shares, shares, what)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	before := table(t, route("a", "/a"), route("b", "/b"), route("c", "/c"))
	after := table(t, route("c", "/c"), route("d", "/d"), route("b", "/b/{id}"))
	require.Equal(t, routes.Diff{Added: []string{"d"}, Removed: []string{"a"}, Changed: []string{"b"}, Same: 1}, routes.Compare(before, after))
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text, version string
		want          bool
	}{
		{"", "", true}, {"", "1.0.0", true}, {"latest", "1.0.0", true}, {"latest", "", false}, {"^1.2", "1.2.0", true}, {"^1.2", "1.10.0", true},
		{"^1.2", "2.0.0", false}, {"1.2.0", "1.2.0", true}, {"1.2.0", "1.2.1", false}, {">=1 <3", "2.5.0", true}, {"^1.2", "1.3.0-rc.1", false}, {"!", "1.0.0", false},
	} {
		require.Equal(t, row.want, routes.Admits(row.text, row.version), "%+v", row)
	}
}
