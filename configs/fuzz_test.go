package configs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"holon/configs"
)

// FuzzLoad feeds the loader any bytes as a file. Whatever they are, it returns, and its errors are fit to be printed.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"", "modules: user, order\n", "http:\n  addr: :8080\nshop: {goods: [a, b], token: x}\n",
		"shop:\n  title: |\n    x\n",
		"a: &a [*a]\n<<: *a\n", "? x\n: y\n", "%YAML 1.2\n---\n...\n---\n", "{[}", "\"\\x", "'", "!!map {", "- - - ? - :",
		"http: \xff", "shop:\n  door: {width: 1_0}\n", "name: >-\n\n  x\n y", "\uFEFF\r\nname:\t'", "shop: ! ", "&", "*", "0::",
	} {
		f.Add([]byte(seed))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, file []byte) {
		path := filepath.Join(dir, "f.yaml")
		require.NoError(t, os.WriteFile(path, file, 0o600))
		l, err := configs.Load(configs.Sources{Dir: dir, File: "f.yaml"}, modules(),
			configs.Section{Key: "shop", Into: newShop()})
		require.NotNil(t, l)
		require.NotEmpty(t, l.Entries())
		for _, e := range faults(t, err) {
			require.NotEmpty(t, e.Message)
			require.NotEmpty(t, e.Next)
			text := e.Error()
			require.True(t, utf8.ValidString(text), "%q", text)
			unfit := func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }
			require.False(t, strings.ContainsFunc(text, unfit), "%q", text)
		}
	})
}
