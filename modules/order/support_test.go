package order_test

import (
	"context"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"holon/modules"
	"holon/modules/modulestest"
	"holon/modules/order"
	"holon/modules/order/orderfx"
	"holon/modules/user"
	"holon/modules/user/userfx"
	"holon/transport/contract"
	"holon/transport/rpc"
)

// people stand for the user module: everybody has an account but those who are gone.
type people struct{ gone sync.Map }

func (p *people) exists(_ context.Context, r user.ExistsRequest) (user.ExistsReply, error) {
	_, gone := p.gone.Load(r.ID)
	return user.ExistsReply{Exists: !gone}, nil
}

// each runs a test in every mode on a node with the order module and people.
func each(t *testing.T, test func(*testing.T, *modulestest.Node, *people)) {
	t.Helper()
	p := &people{}
	modulestest.Each(t,
		[]modules.Module{orderfx.Module(), modulestest.Fake(userfx.Module(), rpc.Handle(user.Exists, p.exists))},
		func(t *testing.T, n *modulestest.Node) { test(t, n, p) })
}

// public is the module as the gateway sees it.
func public(n *modulestest.Node) order.Service {
	return modulestest.Client[order.Service](n, "order", contract.Gateway)
}

// someone has an id that nobody else has; mode and test share nothing by accident.
func someone() string { return uuid.NewString() }

// admin is the context of one who may see and do everything.
func admin(t *testing.T) context.Context {
	t.Helper()
	return modulestest.As(t, "root", contract.RoleAdmin)
}

// book is an order that is fine.
func book() order.PlaceRequest {
	return order.PlaceRequest{Currency: "EUR", Items: []order.Item{
		{SKU: "book-1", Quantity: 2, UnitPrice: 1999}, {SKU: "bag", Quantity: 1, UnitPrice: 999},
	}}
}

// place places an order for a subject.
func place(t *testing.T, n *modulestest.Node, subject string) order.Order {
	t.Helper()
	r, err := public(n).Place(modulestest.As(t, subject), book())
	require.NoError(t, err)
	require.False(t, r.Replayed)
	return r.Order
}

// all are the orders of a subject.
func all(t *testing.T, n *modulestest.Node, subject string) []order.Order {
	t.Helper()
	page, err := public(n).List(modulestest.As(t, subject), order.ListRequest{Limit: contract.MaxPageLimit})
	require.NoError(t, err)
	return page.Items
}
