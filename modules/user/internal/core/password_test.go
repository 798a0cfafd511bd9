package core_test

import (
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/argon2"

	"holon/modules/user/internal/core"
)

// settingsOf returns a hash without its salt and sum.
func settingsOf(phc string) string {
	return strings.Join(strings.Split(phc, "$")[:4], "$")
}

func TestHash(t *testing.T) {
	t.Parallel()
	h := newHasher(t, 1)
	one, err := h.Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	two, err := h.Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	require.NotEqual(t, one, two, "each has a salt of its own")
	require.Equal(t, "$argon2id$v=19$m=19456,t=2,p=1", settingsOf(one))

	for password, want := range map[string]bool{"correct horse": true, "Correct horse": false, "": false} {
		ok, err := h.Matches(t.Context(), password, one)
		require.NoError(t, err)
		require.Equal(t, want, ok)
	}
}

// An unknown account must cost what a known one costs. Time is a poor witness in a test; the memory that argon2id
// takes by design is a good one: it is taken once either way. Not parallel: others would allocate meanwhile.
func TestUnknownAccountCostsAsMuch(t *testing.T) {
	h := newHasher(t, 1)
	known, err := h.Hash(t.Context(), "correct horse")
	require.NoError(t, err)
	require.Equal(t, settingsOf(known), settingsOf(h.Nobody()))
	require.Len(t, h.Nobody(), len(known))

	const once = 19 << 20
	for what, phc := range map[string]string{"known": known, "unknown": ""} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ok, err := h.Matches(t.Context(), "wrong horse", phc)
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		require.False(t, ok)
		took := after.TotalAlloc - before.TotalAlloc
		require.Greater(t, took, uint64(once), what)
		require.Less(t, took, uint64(once*3/2), what)
	}
}

func TestCompareReadsTheCostFromTheHash(t *testing.T) {
	t.Parallel()
	for _, cost := range []struct {
		memory, passes uint32
		lanes          uint8
		length         uint32
	}{{64, 1, 1, 16}, {256, 3, 2, 32}, {128, 2, 4, 64}} {
		phc := phcOf("correct horse", cost.memory, cost.passes, cost.lanes, cost.length)
		ok, err := core.Compare("correct horse", phc)
		require.NoError(t, err)
		require.True(t, ok, phc)
		ok, err = core.Compare("wrong horse", phc)
		require.NoError(t, err)
		require.False(t, ok, phc)
	}
}

func phcOf(password string, memory, passes uint32, lanes uint8, length uint32) string {
	salt := []byte("0123456789abcdef")
	sum := argon2.IDKey([]byte(password), salt, passes, memory, lanes, length)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum))
}

// A damaged row is nobody's password: neither a match nor a panic.
func TestCompareRefusesADamagedHash(t *testing.T) {
	t.Parallel()
	good := phcOf("correct horse", 64, 1, 1, 32)
	sum := good[strings.LastIndex(good, "$")+1:]
	for what, phc := range map[string]string{
		"another algorithm": strings.Replace(good, "argon2id", "argon2i", 1),
		"another version":   strings.Replace(good, "v=19", "v=16", 1),
		"no version":        strings.Replace(good, "v=19", "", 1),
		"no passes":         strings.Replace(good, "t=1", "t=0", 1),
		"no lanes":          strings.Replace(good, "p=1", "p=0", 1),
		"too many lanes":    strings.Replace(good, "p=1", "p=256", 1),
		"cost in words":     strings.Replace(good, "m=64", "m=lots", 1),
		"no sum":            strings.TrimSuffix(good, sum),
		"short sum":         strings.TrimSuffix(good, sum) + "AAAA",
		"sum not base64":    strings.TrimSuffix(good, sum) + "!" + sum[1:],
		"salt not base64":   strings.Replace(good, "$MDEy", "$!DEy", 1),
		"a part missing":    strings.TrimSuffix(good, "$"+sum),
		"a part too much":   good + "$",
		"plain text":        "correct horse",
		"nothing":           "",
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			require.NotEqual(t, good, phc, "the row damages nothing")
			ok, err := core.Compare("correct horse", phc)
			require.Error(t, err)
			require.False(t, ok)
			require.NotContains(t, err.Error(), sum, "errors are logged")
		})
	}
}
