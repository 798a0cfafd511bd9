package rpc_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/rpc"
)

// TestStrictCopies: a slice kept from a request is somebody else's memory on one node and nobody's on two. Strict shows
// which; in-process the memory is shared, because a copy would cost more than the call.
func TestStrictCopies(t *testing.T) {
	t.Parallel()
	n := newNode(t, true)
	echo, callEcho := echoOf[[]string](t, n, "echo.strings")
	var kept []string
	*echo = func(in []string) []string {
		in[0] = "theirs"
		kept = []string{"reply"}
		return kept
	}
	mine := []string{"mine"}
	reply := callEcho(mine)
	require.Equal(t, []string{"mine"}, mine, "the request is copied")
	kept[0] = "changed later"
	require.Equal(t, []string{"reply"}, reply, "the reply is copied")
}

// TestSameMeaningBothWays puts values through both ways; what comes back must mean what went in.
func TestSameMeaningBothWays(t *testing.T) {
	t.Parallel()
	eachMode(t, func(t *testing.T, n *node) {
		t.Run("nil and empty slices", func(t *testing.T) {
			_, call := echoOf[[]string](t, n, "slices.echo")
			require.Nil(t, call(nil))
			got := call([]string{})
			require.NotNil(t, got)
			require.Empty(t, got)
		})
		t.Run("nil and empty maps", func(t *testing.T) {
			_, call := echoOf[map[string]int64](t, n, "maps.echo")
			require.Nil(t, call(nil))
			require.Equal(t, map[string]int64{}, call(map[string]int64{}))
			require.Equal(t, map[string]int64{"EUR": -1}, call(map[string]int64{"EUR": -1}))
		})
		t.Run("absent values", func(t *testing.T) {
			_, call := echoOf[*string](t, n, "pointers.echo")
			require.Nil(t, call(nil))
			require.Empty(t, *call(new(string)))
		})
		t.Run("times keep their instant", func(t *testing.T) {
			_, call := echoOf[time.Time](t, n, "times.echo")
			now := time.Now().In(time.FixedZone("there", 5*3600+1800))
			require.True(t, now.Equal(call(now)), "to the nanosecond")
			require.True(t, call(time.Time{}).IsZero())
		})
		t.Run("strings that are no text", func(t *testing.T) {
			_, call := echoOf[string](t, n, "strings.echo")
			for _, s := range []string{"", "ada", "a\x00b", "\xff\xfe"} {
				require.Equal(t, s, call(s), "whether it is text is for the owner to say")
			}
		})
		t.Run("bytes and extreme numbers", func(t *testing.T) {
			type extreme struct {
				Bytes []byte
				Fixed [3]uint8
				Int   int64
				Uint  uint64
				Float float64
				Deep  []struct{ Items map[string][]int }
			}
			_, call := echoOf[extreme](t, n, "numbers.echo")
			want := extreme{Bytes: []byte{0, 255}, Fixed: [3]uint8{1, 2, 3}, Int: -1 << 63, Uint: 1<<64 - 1, Float: 0.1,
				Deep: []struct{ Items map[string][]int }{{map[string][]int{"a": {1}}}, {}}}
			require.Equal(t, want, call(want))
		})
	})
}

// TestValueBeyondTheCodec: what cannot be encoded fails alone and says so in the log.
func TestValueBeyondTheCodec(t *testing.T) {
	t.Parallel()
	n := newNode(t, true)
	method := contract.Method[envelope[string], envelope[time.Time]]{Name: "late.reply", Callers: []contract.Caller{contract.Gateway}}
	far := time.Date(123456, 1, 1, 0, 0, 0, 0, time.UTC)
	require.NoError(t, n.Register(contract.Contract{Module: "late", Methods: []contract.Described{method}},
		rpc.Handle(method, func(context.Context, envelope[string]) (envelope[time.Time], error) {
			return envelope[time.Time]{far}, nil
		})))
	n.Serve("late")
	reply, err := rpc.Bind(n.For(contract.Gateway), method)(t.Context(), envelope[string]{})
	require.EqualError(t, err, "internal: internal error")
	require.Zero(t, reply)
	require.Len(t, n.logged(t), 1)
}

type envelope[T any] struct{ V T }

// echoOf makes a module of one method that answers what it is asked, until the test gives it something else to do.
func echoOf[T any](t *testing.T, n *node, name string) (do *func(T) T, call func(T) T) {
	t.Helper()
	if n.owner != nil {
		n = newPair(t) // a node says what it has when the connection opens
	}
	m := contract.Method[envelope[T], envelope[T]]{Name: name, Callers: []contract.Caller{contract.Gateway}}
	fn := func(v T) T { return v }
	module := m.Info().Module()
	require.NoError(t, n.Register(contract.Contract{Module: module, Methods: []contract.Described{m}},
		rpc.Handle(m, func(_ context.Context, e envelope[T]) (envelope[T], error) { return envelope[T]{fn(e.V)}, nil })))
	n.Serve(module)
	bound := rpc.Bind(n.For(contract.Gateway), m)
	return &fn, func(v T) T {
		t.Helper()
		e, err := bound(t.Context(), envelope[T]{v})
		require.NoError(t, err)
		return e.V
	}
}
