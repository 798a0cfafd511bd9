package backup_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
	"holon/modules/storage/backup"
)

// altered changes the manifest of a backup.
func altered(change func(*backup.Manifest)) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		path := filepath.Join(dir, "manifest.json")
		m, err := backup.Read(dir)
		require.NoError(t, err)
		change(&m)
		text, err := json.Marshal(m)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, text, 0o600))
	}
}

func TestVerifyFinds(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil func(*testing.T, string)
		says  string
	}{
		"a changed byte": {func(t *testing.T, dir string) { spoil(t, filepath.Join(dir, "beta.db")) }, "beta.db was changed"},
		"a file cut short": {func(t *testing.T, dir string) {
			require.NoError(t, os.Truncate(filepath.Join(dir, "beta.db"), 4096))
		}, "beta.db has 4096 bytes"},
		"a missing file": {func(t *testing.T, dir string) {
			require.NoError(t, os.Remove(filepath.Join(dir, "alpha.db")))
		}, "no such file"},
		"a missing manifest": {func(t *testing.T, dir string) {
			require.NoError(t, os.Remove(filepath.Join(dir, "manifest.json")))
		}, "no such file"},
		"a torn manifest": {func(t *testing.T, dir string) {
			require.NoError(t, os.Truncate(filepath.Join(dir, "manifest.json"), 100))
		}, "manifest.json"},
		"a newer format":     {altered(func(m *backup.Manifest) { m.Format = 2 }), "format 2, written by holon \"1.2.3\""},
		"no format":          {altered(func(m *backup.Manifest) { m.Format = 0 }), "no format"},
		"no stores":          {altered(func(m *backup.Manifest) { m.Stores = nil }), "no stores"},
		"a module twice":     {altered(func(m *backup.Manifest) { m.Stores[1] = m.Stores[0] }), "twice"},
		"a way out":          {altered(func(m *backup.Manifest) { m.Stores[0].File = "../alpha.db" }), "is called"},
		"a module's way out": {altered(func(m *backup.Manifest) { m.Stores[0].Module = "../alpha" }), "no module's name"},
		"no checksum":        {altered(func(m *backup.Manifest) { m.Stores[0].SHA256 = "" }), "no SHA-256"},
		"other rows":         {altered(func(m *backup.Manifest) { m.Stores[1].Rows["rows"]++ }), "beta: rows has 20 rows, the manifest says 21"},
		"another schema":     {altered(func(m *backup.Manifest) { m.Stores[1].Schema["beta"]++ }), "beta: the schema of beta has version 1, the manifest says 2"},
		"a table more":       {altered(func(m *backup.Manifest) { delete(m.Stores[1].Rows, "rows") }), "beta: rows has 20 rows, the manifest has no such name"},
		"a table less":       {altered(func(m *backup.Manifest) { m.Stores[1].Rows["cats"] = 3 }), "beta: cats is missing, the manifest says 3"},
		"much else": {altered(func(m *backup.Manifest) {
			for _, name := range "abcdefgh" {
				m.Stores[1].Rows[string(name)] = 1
			}
		}), "e is missing, the manifest says 1; and 3 more"},
		"another store": {altered(func(m *backup.Manifest) { m.Stores[1].StoreID = "x" }), "is store"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, p := taken(t)
			_, err := backup.Verify(t.Context(), p.To)
			require.NoError(t, err)
			test.spoil(t, p.To)
			_, err = backup.Verify(t.Context(), p.To)
			var bad *backup.BadError
			require.ErrorAs(t, err, &bad)
			require.Equal(t, p.To, bad.Dir)
			require.ErrorContains(t, err, test.says)
		})
	}
}

// A checksum proves that a file is what was written, and not that it was good.
func TestVerifyLooksIntoTheFile(t *testing.T) {
	t.Parallel()
	_, _, p := taken(t)
	path := filepath.Join(p.To, "alpha.db")
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	for i := len(b) / 2; i < len(b)/2+4096; i++ {
		b[i] = 0xff
	}
	require.NoError(t, os.WriteFile(path, b, 0o600))
	altered(func(m *backup.Manifest) { m.Stores[0].SHA256 = sumOf(b) })(t, p.To)
	_, err = backup.Verify(t.Context(), p.To)
	require.ErrorIs(t, err, storage.ErrCorrupt)
	require.ErrorContains(t, err, path)
}

func TestVerifyHonoursItsContext(t *testing.T) {
	t.Parallel()
	_, _, p := taken(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := backup.Verify(ctx, p.To)
	require.ErrorIs(t, err, context.Canceled)
	var bad *backup.BadError
	require.NotErrorAs(t, err, &bad)
}

func TestParseTakesNewFields(t *testing.T) {
	t.Parallel()
	_, _, p := taken(t)
	text, err := os.ReadFile(filepath.Join(p.To, "manifest.json"))
	require.NoError(t, err)
	m, err := backup.Parse(bytes.Replace(text, []byte(`"format": 1,`), []byte(`"format": 1, "colour": "red",`), 1))
	require.NoError(t, err)
	require.Equal(t, []string{"alpha", "beta"}, m.Modules())
}

func FuzzManifest(f *testing.F) {
	sum := strings.Repeat("0a", 32)
	f.Add([]byte(`{"format":1,"stores":[{"module":"a","file":"a.db","store_id":"x","bytes":4096,"sha256":"` + sum + `"}]}`))
	f.Add([]byte(`{"format":1,"stores":[{"module":"a","file":"../a.db","bytes":1,"sha256":"` + sum + `"}]}`))
	f.Add([]byte(`{"format":2}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := backup.Parse(text)
		if err != nil {
			return
		}
		require.Equal(t, backup.Format, m.Format)
		require.NotEmpty(t, m.Stores)
		for _, s := range m.Stores {
			require.True(t, filepath.IsLocal(s.File))
			require.Equal(t, filepath.Base(s.File), s.File)
		}
		again, err := json.Marshal(m)
		require.NoError(t, err)
		same, err := backup.Parse(again)
		require.NoError(t, err)
		require.Equal(t, m.Modules(), same.Modules())
		require.Equal(t, m.Bytes(), same.Bytes())
	})
}
