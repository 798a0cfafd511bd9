package configs_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/configs"
)

// Each setting is given by one layer more, weakest first, and the layer added last wins.
func TestStrongestLayerWins(t *testing.T) {
	for _, row := range []struct {
		key, file, env, flag           string // a section has no flags
		inDefault, inFile, inEnv, last string
	}{
		{"modules", "[user, order]", "gateway,user", "registry", "all", "[user, order]", "[gateway, user]", "registry"},
		{"name", "n1", "n2", "n3", `""`, "n1", "n2", "n3"},
		{"strict", "true", "false", "true", "false", "true", "false", "true"},
		{"http.addr", ":1", ":2", ":3", "127.0.0.1:8080", ":1", ":2", ":3"},
		{"admin.addr", "localhost:1", "127.0.0.2:2", "[::1]:3", "127.0.0.1:7948", "localhost:1", "127.0.0.2:2", `"[::1]:3"`},
		{"health.addr", ":1", ":2", "", `""`, ":1", ":2", `""`},
		{"data.dir", "/a", "/b", "/c", "./holon-data", "/a", "/b", "/c"},
		{"log.level", "debug", "warn", "error", "info", "debug", "warn", "error"},
		{"log.format", "text", "json", "auto", "auto", "text", "json", "auto"},
		{"shop.title", "a b", "", "-", `"corner shop"`, `"a b"`, `""`, ""},
		{"shop.open", "true", "0", "-", "false", "true", "false", ""},
		{"shop.shelves", "5", "6", "-", "4", "5", "6", ""},
		{"shop.stock", "9000000000", "-1", "-", "100", "9000000000", "-1", ""},
		{"shop.tax", ".5", "1e-3", "-", "0.19", "0.5", "0.001", ""},
		{"shop.patience", "90s", "1h", "-", "10m", "1m30s", "1h", ""},
		{"shop.max_bag", "1MiB", "1025", "-", "2MiB", "1MiB", "1025B", ""},
		{"shop.goods", "\n  - rice", " a , b ", "-", "[tea, milk]", "rice", "[a, b]", ""},
		{"shop.door.width", "700", "1000", "-", "900", "700", "1000", ""},
	} {
		t.Run(row.key, func(t *testing.T) {
			s := place(t)
			shows := func(value, source string) {
				t.Helper()
				l, err := configs.Load(s, modules(), configs.Section{Key: "shop", Into: newShop()})
				require.NoError(t, err)
				e := entry(t, l, row.key)
				require.Equal(t, value, e.Value)
				require.True(t, strings.HasPrefix(e.Source, source), "source is %q", e.Source)
			}
			shows(row.inDefault, "default")
			put(t, s.Dir, "holon.yaml", nested(row.key, row.file))
			shows(row.inFile, "file holon.yaml:")
			variable := "HOLON_" + strings.ToUpper(strings.ReplaceAll(row.key, ".", "_"))
			s.Env = append(s.Env, variable+"="+row.env)
			shows(row.inEnv, "env "+variable)
			if row.flag != "-" {
				s.Flags = map[string]string{row.key: row.flag}
				shows(row.last, "flag --"+strings.ReplaceAll(row.key, ".", "-"))
			}
		})
	}
}

// nested writes a dotted key the way a file has it.
func nested(key, value string) string {
	var b strings.Builder
	path := strings.Split(key, ".")
	for depth, name := range path {
		b.WriteString(strings.Repeat(" ", depth) + name + ":")
		if depth < len(path)-1 {
			b.WriteString("\n")
		}
	}
	return b.String() + " " + value + "\n"
}

func TestSettingsReachTheStructs(t *testing.T) {
	s := place(t)
	put(t, s.Dir, "holon.yaml", `
modules: user, order
strict: yes please
`)
	_, err := configs.Load(s, modules())
	require.ErrorContains(t, err, "strict must be true or false")

	put(t, s.Dir, "holon.yaml", `
modules: user, order
http: {addr: ":80"}
log:            # nothing set below
shop:
  title: |
    two
    lines
  goods: []
  patience: 1m
  max_bag: "64KiB"
  token: 007
  door:
    spares: [a, "b,c"]
`)
	shop := newShop()
	l, err := configs.Load(s, modules(), configs.Section{Key: "shop", Into: shop})
	require.NoError(t, err)

	want := configs.Default()
	want.Modules, want.HTTP.Addr = []string{"user", "order"}, ":80"
	require.Equal(t, want, l.Config)
	wantShop := newShop()
	wantShop.Title, wantShop.Goods, wantShop.Patient = "two\nlines\n", []string{}, time.Minute
	wantShop.MaxBag, wantShop.Token, wantShop.Door.Spares = 64*configs.KiB, "007", []string{"a", "b,c"}
	require.Equal(t, wantShop, shop)
	require.Equal(t, "holon.yaml", l.File)
	require.Empty(t, l.Warnings)

	require.Equal(t, "holon.yaml:3:14", strings.TrimPrefix(l.Origin("http.addr").String(), "file "))
	require.Equal(t, configs.FromDefault, l.Origin("admin.addr").Layer)
	require.Equal(t, configs.FromDefault, l.Origin("no.such.key").Layer)
}
