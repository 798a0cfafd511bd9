package configs_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"holon/configs"
)

func TestReferenceDocumentsEverySetting(t *testing.T) {
	text, err := configs.Reference(configs.Section{Key: "shop", Into: newShop()})
	require.NoError(t, err)
	golden(t, "reference.yaml", text)

	s := place(t)
	put(t, s.Dir, "holon.yaml", text)
	l, err := configs.Load(s, modules(), configs.Section{Key: "shop", Into: newShop()})
	require.NoError(t, err)
	for _, e := range l.Entries() {
		require.Equal(t, "default", e.Source, "the file as it is changes nothing")
	}

	put(t, s.Dir, "holon.yaml", regexp.MustCompile(`(?m)^( *)#([a-z_]+:)`).ReplaceAllString(text, "$1$2"))
	shop := newShop()
	l, err = configs.Load(s, modules(), configs.Section{Key: "shop", Into: shop})
	require.NoError(t, err)
	require.Equal(t, configs.Default(), l.Config)
	require.Empty(t, shop.Door.Spares)
	shop.Door.Spares = nil
	require.Equal(t, newShop(), shop)
	for _, e := range l.Entries() {
		require.True(t, strings.HasPrefix(e.Source, "file holon.yaml:"), "%s comes from %s", e.Key, e.Source)
		require.Contains(t, text, e.Env)
		require.Contains(t, text, e.Help)
	}
}

func TestListOfSettings(t *testing.T) {
	l, err := configs.Load(place(t), modules(), configs.Section{Key: "shop", Into: newShop()})
	require.NoError(t, err)
	var b strings.Builder
	for _, e := range l.Entries() {
		b.WriteString(strings.Join([]string{e.Key, e.Value, e.Source, e.Env, e.Flag}, " | ") + "\n")
	}
	golden(t, "entries.txt", b.String())
}

func TestSecretDefaultIsRefused(t *testing.T) {
	shop := newShop()
	shop.Token = "hunter2"
	_, err := configs.Reference(configs.Section{Key: "shop", Into: shop})
	require.EqualError(t, err, "configs: shop.token: a secret cannot have a default")
}

// Whatever a setting holds, its line in the listing reads back as that.
func TestListedValuesReadBack(t *testing.T) {
	type bag struct {
		Text string   `yaml:"text" help:"h"`
		List []string `yaml:"list" help:"h"`
		Num  float64  `yaml:"num" help:"h"`
	}
	texts := rapid.OneOf(rapid.String(), rapid.StringMatching(`[-a-z0-9:#{}\[\]&*!|>'"%@, .~?=\\]{0,6}`),
		rapid.SampledFrom([]string{
			"null", "~", "true", "no", "12", "1e3", "0x1f", ".inf", "a: b", "- a", "---", "...", "<<", "=", "",
		}))
	rapid.Check(t, func(r *rapid.T) {
		want := bag{
			Text: texts.Draw(r, "text"),
			List: rapid.SliceOfN(texts.Filter(func(s string) bool { return s != "" }), 0, 3).Draw(r, "list"),
			Num:  rapid.Float64().Draw(r, "num"),
		}
		shown, err := configs.Load(configs.Sources{File: "none"}, nil, configs.Section{Key: "bag", Into: new(want)})
		require.NoError(r, err)
		file := "bag:\n"
		for _, e := range shown.Entries() {
			if name, ok := strings.CutPrefix(e.Key, "bag."); ok {
				file += "  " + name + ": " + e.Value + "\n"
			}
		}
		var got bag
		s := configs.Sources{File: put(t, t.TempDir(), "f.yaml", file)}
		_, err = configs.Load(s, nil, configs.Section{Key: "bag", Into: &got})
		require.NoError(r, err, file)
		require.True(r, reflect.DeepEqual(want, got), "wrote %+v as\n%s, read %+v", want, file, got)
	})
}
