package rpc_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
)

// A few shapes that a literal cannot have.
type (
	chain   struct{ Next *chain }
	ping    struct{ Pong []pong }
	pong    struct{ Ping map[string]ping }
	list    []list
	tree    map[string]tree
	pointer *pointer
	Base    struct{ ID string }
	hidden  struct{ secret string } //nolint:unused // what it is refused for
	name    string
)

// registers tries a method whose request, and then one whose reply, is a T.
func registers[T any](t *testing.T) (request, reply error) {
	asks := contract.Method[T, greetReply]{Name: "m.asks"}
	gives := contract.Method[greetRequest, T]{Name: "m.gives"}
	c := func(m contract.Described) contract.Contract {
		return contract.Contract{Module: "m", Methods: []contract.Described{m}}
	}
	return newNode(t, false).Register(c(asks), answers(asks)), newNode(t, false).Register(c(gives), answers(gives))
}

type try func(*testing.T) (error, error)

func TestTypesThatCannotCrossAreRefused(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name string
		try  try
		want string
	}{
		{"interface", registers[struct{ V any }], ".V: interface {} is not a plain value"},
		{"error", registers[struct{ Err error }], ".Err: error is not a plain value"},
		{"func", registers[struct{ Do func() }], ".Do: func() is not a plain value"},
		{"channel", registers[struct{ C chan int }], ".C: chan int is not a plain value"},
		{"complex number", registers[struct{ Z complex128 }], ".Z: complex128 is not a plain value"},
		{"unexported field", registers[struct{ V hidden }], ".V.secret: unexported fields do not cross"},
		{"hidden from JSON", registers[struct {
			V int `json:"-"`
		}], ".V: a field hidden from JSON does not cross"},
		{"named for the codec alone", registers[struct {
			V int `cbor:"x"`
		}], ".V: a field has one name, that of its json tag"},
		{"two fields of one name", registers[struct {
			A int `json:"B"`
			B int
		}], `.B: another field is called "B"`},
		{"map with int keys", registers[struct{ M map[int]string }], "a map's keys must be strings, not int"},
		{"struct that contains itself", registers[chain], "rpc_test.chain contains itself"},
		{"structs that contain each other", registers[ping], "rpc_test.ping contains itself"},
		{"slice of itself", registers[struct{ L list }], "rpc_test.list contains itself"},
		{"map of itself", registers[struct{ T tree }], "rpc_test.tree contains itself"},
		{"pointer to itself", registers[struct{ P pointer }], "rpc_test.pointer contains itself"},
		{"deep inside", registers[struct {
			M map[string][]*struct{ F func() }
		}], ".M.F: func() is not a plain value"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			request, reply := row.try(t)
			require.ErrorContains(t, request, "m.asks request")
			require.ErrorContains(t, request, row.want)
			require.ErrorContains(t, reply, "m.gives reply")
			require.ErrorContains(t, reply, row.want)
		})
	}
}

func TestPlainTypesAreTaken(t *testing.T) {
	t.Parallel()
	for name, try := range map[string]try{
		"nothing": registers[struct{}],
		"numbers": registers[struct {
			A int
			B uint8
			C float32
			D bool
			E time.Duration
		}],
		"times":            registers[struct{ At, Until *time.Time }],
		"bytes":            registers[struct{ B []byte }],
		"named strings":    registers[struct{ M map[name][]name }],
		"arrays":           registers[struct{ A [4]string }],
		"optional values":  registers[struct{ V *Base }],
		"embedded structs": registers[struct{ Base }],
		"one type in two places": registers[struct {
			From, To Base
			All      []Base
		}],
		"tags": registers[struct {
			V int `json:"v,omitempty" doc:"a value"`
		}],
		"idempotency": registers[struct{ Once contract.Once }],
		"principal":   registers[contract.Principal],
		"a bare list": registers[[]string],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request, reply := try(t)
			require.NoError(t, request)
			require.NoError(t, reply)
		})
	}
}
