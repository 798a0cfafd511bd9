package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/registry"
)

// TestWhyNotReady walks through a graph in which something is missing far below, and something depends on itself.
func TestWhyNotReady(t *testing.T) {
	good := registry.Instance{ID: "1", Kind: registry.KindLease, State: "ready", Health: registry.Health{Status: registry.Passing}}
	bad := registry.Instance{ID: "2", Kind: registry.KindLease, State: "ready", Health: registry.Health{Status: registry.Failing, Reason: "connection refused"}}
	late := registry.Instance{ID: "n1~b", Node: "n1", Kind: registry.KindModule, State: "draining", Health: registry.Health{Status: registry.Passing}}
	l := catalogue{
		Services: []registry.Listing{
			{Name: "cart", Instances: []registry.Instance{good, bad}}, {Name: "order", Instances: []registry.Instance{late}},
			{Name: "stock", Instances: []registry.Instance{bad}},
		},
		Graph: []registry.Vertex{
			{Name: "cart", DependsOn: []string{"order", "price"}}, {Name: "order", DependsOn: []string{"order", "stock"}},
			{Name: "price", DependsOn: []string{"order"}}, {Name: "stock", DependsOn: []string{}},
		},
	}
	why := l.why("cart")
	var out bytes.Buffer
	require.NoError(t, why.writeTo(&out))
	require.Equal(t, `cart is NOT READY: 1 of 2 instances work
  - 2 is failing: connection refused
  it needs order, price
  order is NOT READY: 1 of 1 instance works
    - node n1 is draining
    it needs order, stock
    order is ready: see above
    stock is NOT READY: 0 of 1 instance works
      - 2 is failing: connection refused
  price is NOT READY: 0 of 0 instances work
    - no instance of it is known
    it needs order
    order is NOT READY: see above
`, out.String())
	require.Equal(t, "look at the log of what does not work", why.next())
	require.Equal(t, "have it lease: PUT /registry/services/price/instances/ID", l.alone("price").next())
	require.Equal(t, "run it somewhere: holon run -m user --join HOST:7946", l.alone("user").next())
	require.Contains(t, l.alone("stok").Troubles[0], "did you mean stock?")
	require.True(t, catalogue{Services: l.Services}.why("cart").Ready)
}
