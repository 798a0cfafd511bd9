package contract_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
)

type (
	getRequest struct{ ID string }
	user       struct{ Name string }
)

var get = contract.Method[getRequest, user]{
	Name: "user.get", Idempotent: true, Callers: []contract.Caller{contract.Gateway, "order"},
}

func TestInfo(t *testing.T) {
	t.Parallel()
	info := get.Info()
	require.Equal(t, contract.Info{
		Name: "user.get", Idempotent: true, Callers: []contract.Caller{"gateway", "order"},
		Req: reflect.TypeFor[getRequest](), Resp: reflect.TypeFor[user](),
	}, info)
	require.Equal(t, "user", info.Module())
	info.Callers[0] = "mallory"
	require.False(t, get.Info().Allows("mallory"), "a description is a copy: nobody writes himself into it")
}

func TestAllows(t *testing.T) {
	t.Parallel()
	info := get.Info()
	require.True(t, info.Allows(contract.Gateway))
	require.True(t, info.Allows("order"))
	require.False(t, info.Allows(contract.Node))
	require.False(t, info.Allows(""))
	require.False(t, contract.Info{}.Allows(contract.Gateway), "nobody is named, nobody may")
}

func TestInfosAreSorted(t *testing.T) {
	t.Parallel()
	c := contract.Contract{Module: "user", Major: 1, Methods: []contract.Described{
		contract.Method[getRequest, user]{Name: "user.rename"},
		get,
		contract.Method[getRequest, user]{Name: "user.delete"},
	}}
	var names []string
	for _, info := range c.Infos() {
		names = append(names, info.Name)
	}
	require.Equal(t, []string{"user.delete", "user.get", "user.rename"}, names)
	require.Empty(t, contract.Contract{Module: "gateway"}.Infos())
}
