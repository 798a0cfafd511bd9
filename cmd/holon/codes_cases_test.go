package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"holon/modules"
	"holon/modules/gateway/gatewayfx"
	"holon/modules/modulestest"
	"holon/modules/order"
	"holon/modules/order/orderfx"
	"holon/modules/registry"
	"holon/modules/registry/registryfx"
	"holon/modules/user"
	"holon/modules/user/userfx"
	"holon/transport/contract"
	"holon/transport/rpc"
	"holon/transport/status"
)

// sample is a good request of each operation, but for who asks.
var sample = map[string]request{
	"register":      {method: "POST", path: "/users"},
	"sign-in":       {method: "POST", path: "/sessions"},
	"get-keys":      {method: "GET", path: "/.well-known/jwks.json"},
	"list-users":    {method: "GET", path: "/users"},
	"get-user":      {method: "GET", path: "/users/u1"},
	"update-user":   {method: "PATCH", path: "/users/u1"},
	"delete-user":   {method: "DELETE", path: "/users/u1"},
	"place-order":   {method: "POST", path: "/orders"},
	"list-orders":   {method: "GET", path: "/orders"},
	"get-order":     {method: "GET", path: "/orders/o1"},
	"confirm-order": {method: "POST", path: "/orders/o1/confirm"},
	"cancel-order":  {method: "POST", path: "/orders/o1/cancel"},
	"get-health":    {method: "GET", path: "/health"},
	"list-services": {method: "GET", path: "/registry/services"},
	"get-service":   {method: "GET", path: "/registry/services/user"},

	"list-nodes":     {method: "GET", path: "/registry/nodes"},
	"get-graph":      {method: "GET", path: "/registry/graph"},
	"list-targets":   {method: "GET", path: "/registry/prometheus"},
	"watch-services": {method: "GET", path: "/registry/watch"},
	"lease-instance": {method: "PUT", path: "/registry/services/shop/instances/1"},
	"renew-lease":    {method: "POST", path: "/registry/services/shop/instances/1/heartbeat"},
	"end-lease":      {method: "DELETE", path: "/registry/services/shop/instances/1"},
}

// elsewhere are answers that others see: a stream has no end that could be waited for (TestRegistryWatchers, package watch).
var elsewhere = map[string][]int{"watch-services": {200, 429}}

var sampleBody = map[string]string{
	"register":    `{"name":"Ada","email":"ada@example.com","password":"correct horse"}`,
	"sign-in":     `{"email":"ada@example.com","password":"correct horse"}`,
	"update-user": `{"name":"Ada"}`,
	"place-order": oneBook,

	"lease-instance": oneLease,
}

const oneLease = `{"address":"10.0.0.1:80"}`

func sampleOf(t *testing.T, op operation) request {
	t.Helper()
	r, ok := sample[op.id]
	require.True(t, ok, "operation %s has no sample here", op.id)
	if body := sampleBody[op.id]; body != "" {
		r.body = strings.NewReader(body)
	}
	return r
}

// TestEveryDocumentedCode produces every answer that the OpenAPI document promises, and fails on one it does not.
func TestEveryDocumentedCode(t *testing.T) {
	t.Parallel()
	node := modulestest.Start(t, modulestest.Modes()[0], all())
	c := newCensus(t, operations(t, node.API.Document()))
	c.h = node.API
	people := c.outcomes(func(email string) {
		_, err := modulestest.Client[user.Service](node, "user", contract.Node).Promote(t.Context(), user.PromoteRequest{Email: email})
		require.NoError(t, err)
	})
	c.badRequests(people)
	c.away(node, people)
	c.lateAndFull()
	c.complete()
}

// people are an admin and two who are not.
type people struct{ admin, ada, bob, adaID, bobID string }

func (c *census) body(w interface{ Bytes() []byte }) map[string]any {
	var m map[string]any
	require.NoError(c.t, json.Unmarshal(w.Bytes(), &m))
	return m
}

func (c *census) join(email string) (id, token string) {
	c.t.Helper()
	w := c.expect(201, request{method: "POST", path: "/users",
		body: strings.NewReader(`{"name":"N","email":"` + email + `","password":"correct horse"}`)})
	return c.body(w.Body)["id"].(string), c.signIn(email)
}

func (c *census) signIn(email string) string {
	c.t.Helper()
	w := c.expect(201, request{method: "POST", path: "/sessions",
		body: strings.NewReader(`{"email":"` + email + `","password":"correct horse"}`)})
	return c.body(w.Body)["access_token"].(string)
}

// outcomes goes through what the modules answer.
func (c *census) outcomes(promote func(email string)) people {
	c.t.Helper()
	var p people
	p.adaID, p.ada = c.join("ada@example.com")
	p.bobID, p.bob = c.join("bob@example.com")
	c.join("root@example.com")
	promote("root@example.com")
	p.admin = c.signIn("root@example.com")

	send := func(code int, method, path, token, body string, headers ...string) map[string]any {
		c.t.Helper()
		r := request{method: method, path: path, token: token, headers: headers}
		if body != "" {
			r.body = strings.NewReader(body)
		}
		w := c.expect(code, r)
		if w.Body.Len() == 0 {
			return nil
		}
		return c.body(w.Body)
	}
	send(409, "POST", "/users", "", sampleBody["register"])
	send(401, "POST", "/sessions", "", `{"email":"ada@example.com","password":"wrong"}`)
	send(200, "GET", "/.well-known/jwks.json", "", "")
	send(200, "GET", "/health", "", "")
	send(200, "GET", "/registry/services", "", "")
	send(200, "GET", "/registry/services/user", "", "")
	send(404, "GET", "/registry/services/nobody", "", "")
	send(200, "GET", "/registry/nodes", "", "")
	send(200, "GET", "/registry/graph", "", "")
	const shop = "/registry/services/shop/instances/1"
	send(200, "PUT", shop, p.admin, oneLease)
	send(403, "PUT", shop, p.ada, oneLease)
	send(409, "PUT", "/registry/services/user/instances/1", p.admin, oneLease)
	send(200, "POST", shop+"/heartbeat", p.admin, "")
	send(403, "POST", shop+"/heartbeat", p.ada, "")
	send(403, "DELETE", shop, p.ada, "")
	send(204, "DELETE", shop, p.admin, "")
	send(404, "POST", shop+"/heartbeat", p.admin, "")
	c.expect(200, request{method: "GET", path: "/registry/prometheus"})

	self, other := "/users/"+p.adaID, "/users/"+p.bobID
	send(200, "GET", "/users", p.admin, "")
	send(403, "GET", "/users", p.ada, "")
	send(200, "GET", self, p.ada, "")
	send(403, "GET", other, p.ada, "")
	send(404, "GET", "/users/nobody", p.admin, "")
	send(200, "PATCH", self, p.ada, `{"name":"Augusta"}`)
	send(403, "PATCH", other, p.ada, `{"name":"Mallory"}`)
	send(404, "PATCH", "/users/nobody", p.admin, `{"name":"Nobody"}`)
	send(409, "PATCH", self, p.ada, `{"email":"BOB@example.com"}`)
	send(412, "PATCH", self, p.ada, `{"name":"Ada"}`, "If-Match", `"v1"`)
	send(412, "DELETE", self, p.ada, "", "If-Match", `"v1"`)
	send(403, "DELETE", other, p.ada, "")
	send(404, "DELETE", "/users/nobody", p.admin, "")

	send(403, "GET", "/orders?user_id="+p.adaID, p.bob, "")
	send(200, "GET", "/orders", p.ada, "")
	first := "/orders/" + send(201, "POST", "/orders", p.ada, oneBook)["id"].(string)
	second := "/orders/" + send(201, "POST", "/orders", p.ada, oneBook)["id"].(string)
	send(200, "GET", first, p.ada, "")
	send(404, "GET", first, p.bob, "")
	send(403, "POST", first+"/confirm", p.ada, "")
	send(404, "POST", "/orders/nothing/confirm", p.admin, "")
	send(200, "POST", first+"/confirm", p.admin, "")
	send(409, "POST", first+"/confirm", p.admin, "")
	send(404, "POST", second+"/cancel", p.bob, "")
	send(200, "POST", second+"/cancel", p.ada, "")
	send(409, "POST", second+"/cancel", p.ada, "")

	gone, token := c.join("gone@example.com")
	send(204, "DELETE", "/users/"+gone, token, "")
	// Order hears of it by an event; until then the account may still order.
	require.Eventually(c.t, func() bool {
		return c.ask(request{method: "POST", path: "/orders", token: token, body: strings.NewReader(oneBook)}).Code == 404
	}, 10*time.Second, 10*time.Millisecond)
	return p
}

// badRequests sends every operation what the edge refuses.
func (c *census) badRequests(p people) {
	c.t.Helper()
	large := `{"x":"` + strings.Repeat("x", 1<<20) + `"}`
	for _, op := range c.ops {
		with := func(change func(*request)) request {
			r := sampleOf(c.t, op)
			r.token = p.ada
			if op.id == "list-users" {
				r.token = p.admin
			}
			change(&r)
			return r
		}
		c.expect(422, with(func(r *request) { r.path += "?no=such" }))
		if op.secured {
			c.expect(401, with(func(r *request) { r.token = "" }))
		}
		if op.body {
			c.expect(400, with(func(r *request) { r.body = strings.NewReader(`{"name"`) }))
			c.expect(413, with(func(r *request) { r.body = strings.NewReader(large) }))
			c.expect(415, with(func(r *request) { r.headers = []string{"Content-Type", "text/plain"} }))
		}
		if slices.Contains(op.codes, 413) && !op.body { // one is read all the same: it may carry a key
			var key []string
			if op.keyed {
				key = []string{"Idempotency-Key", "k"}
			}
			c.expect(400, with(func(r *request) { r.headers, r.body = key, brokenBody{} }))
			c.expect(413, with(func(r *request) { r.headers, r.body = key, strings.NewReader(large) }))
		}
	}
}

// away asks for modules that no node serves.
func (c *census) away(node *modulestest.Node, p people) {
	c.t.Helper()
	for _, module := range modules.Names(all()) {
		if module != "gateway" {
			node.Withdraw(module)
		}
	}
	for _, op := range c.ops {
		if op.id != "get-health" {
			r := sampleOf(c.t, op)
			r.token = p.admin
			w := c.expect(503, r)
			require.NotEmpty(c.t, w.Header().Get("Retry-After"))
		}
	}
}

// lateAndFull asks modules that are late and modules whose disk is full. They are fakes behind the real contract: the
// storage's own tests fill a real disk.
func (c *census) lateAndFull() {
	c.t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(c.t, err)
	var full, keysFail atomic.Bool
	fail := func(ctx context.Context) error {
		if full.Load() {
			return status.New(status.StorageFull, "", "no room")
		}
		<-ctx.Done()
		return ctx.Err()
	}
	node := modulestest.Start(c.t, modulestest.Modes()[0], []modules.Module{
		gatewayfx.Module(),
		modulestest.Fake(userfx.Module(),
			// The gateway gets its keys; later, the public is kept waiting for them.
			rpc.Handle(user.Keys, func(ctx context.Context, _ user.KeysRequest) (set user.KeySet, err error) {
				if keysFail.Load() {
					return set, fail(ctx)
				}
				return user.KeySet{Keys: []user.Key{{ID: "k", Public: public}}}, nil
			}),
			failing(user.Register, fail), failing(user.Login, fail), failing(user.Get, fail), failing(user.Update, fail),
			failing(user.Delete, fail), failing(user.List, fail)),
		modulestest.Fake(orderfx.Module(), failing(order.Place, fail), failing(order.Get, fail), failing(order.List, fail),
			failing(order.Confirm, fail), failing(order.Cancel, fail)),
		modulestest.Fake(registryfx.Module(), failing(registry.List, fail), failing(registry.Get, fail),
			failing(registry.Nodes, fail), failing(registry.Graph, fail), failing(registry.Put, fail), failing(registry.Beat, fail), failing(registry.Drop, fail)),
	}, modulestest.Settings("gateway", func(s *gatewayfx.Settings) { s.RequestTimeout = 20 * time.Millisecond }))
	c.h = node.API
	now := time.Now()
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
		"iss": user.Issuer, "aud": user.Audience, "sub": "u1", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()})
	token.Header["kid"] = "k"
	signed, err := token.SignedString(private)
	require.NoError(c.t, err)
	c.ask(request{method: "GET", path: "/orders/o1", token: signed}) // from now on the gateway knows the token
	keysFail.Store(true)
	for _, code := range []int{504, 507} {
		full.Store(code == 507)
		for _, op := range c.ops {
			for _, documented := range op.codes {
				if documented == code {
					r := sampleOf(c.t, op)
					r.token = signed
					c.expect(code, r)
				}
			}
		}
	}
}

func failing[Req, Resp any](m contract.Method[Req, Resp], fail func(context.Context) error) rpc.Handler {
	return rpc.Handle(m, func(ctx context.Context, _ Req) (resp Resp, err error) { return resp, fail(ctx) })
}
