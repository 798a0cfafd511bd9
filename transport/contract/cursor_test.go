package contract_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"holon/transport/contract"
)

func TestCursorRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.StringMatching(`[a-z_.]{0,20}`).Draw(t, "list")
		key := rapid.StringMatching(`[^\p{Cc}]{1,60}`).Draw(t, "key")
		cursor := contract.EncodeCursor(list, key)
		require.Regexp(t, `^[A-Za-z0-9_-]+$`, cursor, "fits into a URL")
		got, err := contract.DecodeCursor(list, cursor)
		require.NoError(t, err)
		require.Equal(t, key, got)
	})
}

func TestAnotherListsCursorIsRefused(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lists := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z_.]{0,20}`), 2, 2, rapid.ID).Draw(t, "lists")
		_, err := contract.DecodeCursor(lists[0], contract.EncodeCursor(lists[1], rapid.String().Draw(t, "key")))
		require.Error(t, err)
	})
}

func TestNoCursorIsTheStart(t *testing.T) {
	t.Parallel()
	key, err := contract.DecodeCursor("users", "")
	require.NoError(t, err)
	require.Empty(t, key)
}

func TestDecodeCursorRefuses(t *testing.T) {
	t.Parallel()
	raw := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	good := contract.EncodeCursor("users", "u1")
	for name, cursor := range map[string]string{
		"not base64":            "!!!",
		"padding":               good + "==",
		"a line break":          good[:4] + "\n" + good[4:],
		"stray bits":            raw("1|users|ab")[:13] + "h",
		"no key":                raw("1|users|"),
		"no list":               raw("1|users"),
		"another version":       raw("2|users|u1"),
		"no version":            raw("users|u1"),
		"a key with NUL":        raw("1|users|u\x00"),
		"a key that is no text": raw("1|users|\xff"),
		"too long":              contract.EncodeCursor("users", strings.Repeat("k", 400)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := contract.DecodeCursor("users", cursor)
			require.EqualError(t, err, "not a cursor of this list")
		})
	}
}

// FuzzDecodeCursor: what a client sends never panics, and a position has one spelling.
func FuzzDecodeCursor(f *testing.F) {
	f.Add("")
	f.Add(contract.EncodeCursor("users", "u1"))
	f.Add(contract.EncodeCursor("orders", "u1"))
	f.Add(contract.EncodeCursor("users", "a|b")[:5] + "\n")
	f.Fuzz(func(t *testing.T, cursor string) {
		key, err := contract.DecodeCursor("users", cursor)
		if err != nil || cursor == "" {
			require.Empty(t, key)
			return
		}
		require.Equal(t, cursor, contract.EncodeCursor("users", key))
	})
}
