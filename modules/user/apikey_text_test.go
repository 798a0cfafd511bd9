package user_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/user"
)

const (
	sampleID     = "abcdefghijkl2345"
	sampleSecret = "mnopqrstuvwxyz234567mnopqrstuvwxyz234567"
	sampleKey    = "holon_" + sampleID + "_" + sampleSecret
)

func TestParseAPIKey(t *testing.T) {
	t.Parallel()
	id, digest, ok := user.ParseAPIKey(sampleKey)
	require.True(t, ok)
	require.Equal(t, sampleID, id)
	sum := sha256.Sum256([]byte(sampleKey))
	require.Equal(t, sum[:], digest)
	for _, bad := range []string{
		"", "holon_", sampleID, sampleSecret, " " + sampleKey, sampleKey + " ", sampleKey + "a", sampleKey[:len(sampleKey)-1],
		strings.ToUpper(sampleKey), "Holon" + sampleKey[5:], "holon-" + sampleKey[6:], strings.Replace(sampleKey, "_m", "-m", 1),
		strings.Replace(sampleKey, "a", "_", 1), sampleKey[:len(sampleKey)-2] + "é", sampleKey[:len(sampleKey)-1] + "\x00",
	} {
		id, digest, ok := user.ParseAPIKey(bad)
		require.False(t, ok, "%q", bad)
		require.Empty(t, id)
		require.Nil(t, digest)
	}
}

var keyForm = regexp.MustCompile(`^holon_([a-z0-9]{16})_[a-z0-9]{40}$`)

// FuzzParseAPIKey holds the parser against the form as one would write it down, and the text's secret back.
func FuzzParseAPIKey(f *testing.F) {
	f.Add(sampleKey)
	f.Add("holon_" + sampleID + "_" + strings.ToUpper(sampleSecret))
	f.Add("holon_" + sampleID + sampleSecret + "_")
	f.Add(sampleKey + "\n")
	f.Add("eyJhbGciOiJFZERTQSJ9.e30.AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		id, digest, ok := user.ParseAPIKey(text)
		form := keyForm.FindStringSubmatch(text)
		require.Equal(t, form != nil, ok)
		printed := fmt.Sprint(user.APIKeyText(text))
		if !ok {
			require.Empty(t, id)
			require.Nil(t, digest)
			require.Equal(t, "***", printed)
			return
		}
		sum := sha256.Sum256([]byte(text))
		require.Equal(t, form[1], id)
		require.Equal(t, sum[:], digest)
		require.Equal(t, "holon_"+id+"_***", printed)
	})
}

func TestAPIKeyTextKeepsItsSecret(t *testing.T) {
	t.Parallel()
	made := user.CreateAPIKeyReply{APIKey: user.APIKey{ID: sampleID}, Text: sampleKey}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{made, &made, made.Text, &made.Text, []any{made}, map[string]any{"made": made}} {
			require.NotContains(t, fmt.Sprintf(verb, v), sampleSecret, verb)
			require.NotContains(t, fmt.Sprintf(verb, v), fmt.Sprintf("%x", sampleSecret), verb)
		}
	}
	require.Equal(t, "holon_"+sampleID+"_***", made.Text.String())
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
		slog.New(h).Info("made", "reply", made, "text", made.Text)
	}
	require.Equal(t, 4, strings.Count(log.String(), "holon_"+sampleID+"_***"), "%s", &log)
	require.NotContains(t, log.String(), sampleSecret)
}

// BenchmarkParseAPIKey measures what a gateway does with every key before it knows whether it has seen it.
func BenchmarkParseAPIKey(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		if _, _, ok := user.ParseAPIKey(sampleKey); !ok {
			b.Fatal("no key")
		}
	}
}
