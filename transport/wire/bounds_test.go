package wire

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/status"
)

func TestFailureIsBounded(t *testing.T) {
	t.Parallel()
	long := status.New(status.Invalid, "", "%s", bytes.Repeat([]byte("ü"), maxFailure)).With("a", "b")
	raw := appendFailure(nil, long, false)
	require.Less(t, len(raw), maxPayload)
	e, _, err := parseFailure(raw)
	require.NoError(t, err)
	require.Equal(t, status.Invalid, e.Code)
	require.Contains(t, long.Message, e.Message)
}

func TestNamesAreBounded(t *testing.T) {
	t.Parallel()
	n := newNames()
	for i := range 3 * maxNames {
		name := []byte{byte(i), byte(i >> 8), 'x'}
		require.Equal(t, string(name), n.text(name))
		_, err := n.list(append([]byte{3}, name...))
		require.NoError(t, err)
	}
	require.LessOrEqual(t, len(n.texts), maxNames)
	require.LessOrEqual(t, len(n.lists), maxNames)
}

func TestTroubleIsLoggedOnceAMinute(t *testing.T) {
	t.Parallel()
	s := newSeldom()
	require.True(t, s.due("a", "garbage"))
	require.False(t, s.due("a", "garbage"))
	require.True(t, s.due("a", "http"))
	require.True(t, s.due("b", "garbage"))
	for i := range 3 * maxTroubles {
		s.due(string(rune(i)), "garbage")
	}
	require.LessOrEqual(t, len(s.last), maxTroubles)
}

func TestLimits(t *testing.T) {
	t.Parallel()
	require.NoError(t, DefaultLimits().Validate())
	err := Limits{}.Validate()
	for _, name := range []string{"Calls", "Pending", "Handshake", "Quiet", "Answer", "Connections", "Held"} {
		require.ErrorContains(t, err, "limit "+name+" must be")
	}
}

func TestAWriterAtRestKeepsLittle(t *testing.T) {
	t.Parallel()
	w := &writer{spare: make([]byte, 0, 1<<20), pending: make([]byte, 0, 1<<20)}
	w.rest()
	require.Zero(t, cap(w.spare)+cap(w.pending))
	w = &writer{spare: make([]byte, 0, 1<<10), pending: make([]byte, 10, 1<<20)}
	w.rest()
	require.Equal(t, 1<<10, cap(w.spare))
	require.Len(t, w.pending, 10)
}
