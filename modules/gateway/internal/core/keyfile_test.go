package core_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/core"
)

var discard = slog.New(slog.DiscardHandler)

// kept are the ids of the keys in a file.
func kept(t *testing.T, path string) (ids []string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	var keys map[string][]byte
	require.NoError(t, json.Unmarshal(raw, &keys))
	for id := range keys {
		ids = append(ids, id)
	}
	return ids
}

func TestKeysAreKeptBetweenStarts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k, path := newRing(t, answering(with(key)), time.Now)
		require.NoError(t, k.Start(t.Context()))
		synctest.Wait()
		k.Stop()
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode())
		require.Equal(t, []string{key.id}, kept(t, path))

		s := answering(away)
		again := started(t, core.NewKeyring(s, path, every, discard, time.Now))
		got, err := again.Key(t.Context(), key.id)
		require.NoError(t, err, "before anybody answered")
		require.Equal(t, key.public(), got)
	})
}

// A file that cannot be read is as good as none: the ring says so, asks, and writes a good one.
func TestDamagedKeyFile(t *testing.T) {
	t.Parallel()
	for what, content := range map[string]string{
		"empty": "", "cut off": `{"key-1":"AAA`, "a list": "[]", "no base64": `{"key-1":"?"}`, "short key": `{"key-1":"AAAA"}`,
		"no key": `{"key-1":null}`, "one good and one bad": `{"a":"` + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" + `","b":""}`,
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "keys.json")
				require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
				var log bytes.Buffer
				k := core.NewKeyring(answering(with(key)), path, every, slog.New(slog.NewTextHandler(&log, nil)), time.Now)
				require.NoError(t, k.Start(t.Context()))
				synctest.Wait()
				k.Stop()
				require.Contains(t, log.String(), "level=WARN")
				require.True(t, k.Holds(key.id))
				require.False(t, k.Holds("a"), "nothing is taken from it")
				require.Equal(t, []string{key.id}, kept(t, path))
			})
		})
	}
}

func TestKeyFileIsWrittenOnlyOnChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		next := newPair("key-2")
		s := answering(with(key, next))
		k, path := newRing(t, s, time.Now)
		started(t, k)
		synctest.Wait()
		first, err := os.Stat(path)
		require.NoError(t, err)

		s.willAnswer(with(next, key))
		pass(10 * every)
		same, err := os.Stat(path)
		require.NoError(t, err)
		require.True(t, os.SameFile(first, same), "the same keys in another order are no change")

		s.willAnswer(with(next))
		pass(every + time.Second)
		changed, err := os.Stat(path)
		require.NoError(t, err)
		require.False(t, os.SameFile(first, changed), "replaced in one step, not written over")
		require.Equal(t, []string{next.id}, kept(t, path))
		entries, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		require.Len(t, entries, 1, "nothing else is left lying about")
	})
}

// Keys that cannot be kept are used all the same, and kept as soon as that works.
func TestKeyFileThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "later")
		path := filepath.Join(dir, "keys.json")
		var log bytes.Buffer
		s := answering(with(key))
		k := core.NewKeyring(s, path, every, slog.New(slog.NewTextHandler(&log, nil)), time.Now)
		require.NoError(t, k.Start(t.Context()))
		synctest.Wait()
		require.True(t, k.Holds(key.id))
		require.NoError(t, os.Mkdir(dir, 0o700))
		pass(every + time.Second)
		k.Stop()
		require.Contains(t, log.String(), "keys not kept on disk")
		require.Equal(t, []string{key.id}, kept(t, path))
	})
}
