package rpc_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/rpc"
	"holon/transport/status"
)

// answers is a handler of any method.
func answers[Req, Resp any](m contract.Method[Req, Resp]) rpc.Handler {
	return rpc.Handle(m, func(context.Context, Req) (resp Resp, err error) { return resp, nil })
}

func TestRegisterRefuses(t *testing.T) {
	t.Parallel()
	type other struct{ ID int }
	rename := contract.Method[greetRequest, greetReply]{Name: "hello.rename"}
	foreign := contract.Method[greetRequest, greetReply]{Name: "order.greet", Callers: greet.Callers}
	otherReply := contract.Method[greetRequest, other]{Name: "hello.greet", Callers: greet.Callers}
	moreCallers := greet
	moreCallers.Callers = []contract.Caller{contract.Gateway, "order", "mallory"}
	retriable := greet
	retriable.Idempotent = true
	twice := hello
	twice.Methods = []contract.Described{greet, greet}
	for _, row := range []struct {
		name     string
		contract contract.Contract
		handlers []rpc.Handler
		want     string
	}{
		{"a method that is not in the contract", hello, []rpc.Handler{answers(greet), answers(rename)},
			`module "hello" handles "hello.rename", which is not in its contract`},
		{"a method of another module", hello, []rpc.Handler{answers(greet), answers(foreign)},
			`module "hello" handles "order.greet", which is not in its contract`},
		{"a method handled twice", hello, []rpc.Handler{answers(greet), answers(greet)}, `module "hello" handles "hello.greet" twice`},
		{"a promise without a handler", hello, nil, `module "hello" promises "hello.greet" and handles it nowhere`},
		{"a promise made twice", twice, []rpc.Handler{answers(greet)}, `module "hello" promises "hello.greet" twice`},
		{"a handler of other types", hello, []rpc.Handler{answers(otherReply)}, `"hello.greet" is described twice with different types`},
		{"a handler for more callers", hello, []rpc.Handler{answers(moreCallers)}, `"hello.greet" is described twice and not alike`},
		{"a handler that may be retried", hello, []rpc.Handler{answers(retriable)}, `"hello.greet" is described twice and not alike`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			require.ErrorContains(t, newNode(t, false).Register(row.contract, row.handlers...), row.want)
		})
	}
}

func TestRegisterReportsEveryFaultInOrder(t *testing.T) {
	t.Parallel()
	c := hello
	c.Methods = []contract.Described{
		contract.Method[greetRequest, greetReply]{Name: "hello.wave"}, contract.Method[greetRequest, greetReply]{Name: "hello.bow"}}
	err := newNode(t, false).Register(c, answers(greet))
	require.EqualError(t, err, `module "hello" handles "hello.greet", which is not in its contract`+"\n"+
		`module "hello" promises "hello.bow" and handles it nowhere`+"\n"+
		`module "hello" promises "hello.wave" and handles it nowhere`)
}

func TestModuleRegistersOnce(t *testing.T) {
	t.Parallel()
	n := newNode(t, false)
	require.NoError(t, n.Register(hello, answers(greet)))
	require.ErrorContains(t, n.Register(hello, answers(greet)), `method "hello.greet" has a handler already`)
}

func TestModuleWithoutMethods(t *testing.T) {
	t.Parallel()
	require.NoError(t, newNode(t, false).Register(contract.Contract{Module: "gateway"}))
}

// TestClientOfAnotherDescriptor: a client made from a description of its own, with itself among the callers or with
// other types, reaches nobody, and registering says why.
func TestClientOfAnotherDescriptor(t *testing.T) {
	t.Parallel()
	forged := greet
	forged.Callers = []contract.Caller{"mallory"}
	t.Run("bound before the owner registers", func(t *testing.T) {
		t.Parallel()
		eachLocal(t, func(t *testing.T, n *node) {
			rpc.Bind(n.For("mallory"), forged)
			require.ErrorContains(t, n.Register(hello, rpc.Handle(greet, never(t))), "described twice")
		})
	})
	t.Run("bound after", func(t *testing.T) {
		t.Parallel()
		eachLocal(t, func(t *testing.T, n *node) {
			n.serves(t, never(t))
			_, err := rpc.Bind(n.For("mallory"), forged)(t.Context(), greetRequest{})
			require.ErrorIs(t, err, &status.Error{Code: status.Internal})
			typed := contract.Method[greetRequest, string]{Name: "hello.greet", Callers: greet.Callers}
			_, err = rpc.Bind(n.For(contract.Gateway), typed)(t.Context(), greetRequest{})
			require.ErrorContains(t, err, "described twice with different types")
			require.Equal(t, 1, n.failures(t, "internal"))
			require.ErrorContains(t, n.Register(contract.Contract{Module: "gateway"}), "described twice", "told at the next chance")
		})
	})
}

func TestHandlerInfo(t *testing.T) {
	t.Parallel()
	require.Equal(t, greet.Info(), answers(greet).Info())
}
