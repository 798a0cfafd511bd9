package configs_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/configs"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Every refusal is kept word for word in testdata/refusals, so that a change of what people read is seen in review.
func TestRefusals(t *testing.T) {
	for _, row := range []struct {
		name, file string
		env        []string
		flags      map[string]string
	}{
		{name: "unknown key at the top", file: "modules: all\nhtpp:\n  addr: :80\n"},
		{name: "unknown key in a group", file: "name: n1\n\nhttp:\n  adr: :8080\n"},
		{name: "unknown key in a nested group", file: "shop:\n  title: x\n\n  door:\n    hight: 5\n    widht: 5\n"},
		{name: "unknown key like none", file: "colour: red\nshop: {colour: red}\n"},
		{name: "key in capitals", file: "HTTP:\n  addr: :80\n"},
		{name: "dotted key", file: "http.addr: :80\nshop:\n  door.width: 5\n"},
		{name: "key given twice", file: "http:\n  addr: :80\nname: n1\nhttp:\n  addr: :81\n"},
		{name: "inner key given twice", file: "http:\n  addr: :80\n  addr: :81\n"},
		{name: "unknown module", file: "modules:\n  - user\n  - ordr\n  - billing\n"},
		{name: "unknown module in a comma list", file: "modules: user, ordr\n"},
		{name: "unknown module in a variable", env: []string{"HOLON_MODULES=user,gatway"}},
		{name: "module twice", flags: map[string]string{"modules": "user,user"}},
		{name: "all and another module", flags: map[string]string{"modules": "user,all"}},
		{name: "no module", file: "modules: []\n"},
		{name: "empty item", file: "modules: [user, '']\n", env: []string{"HOLON_MODULES=user,,order"}},
		{name: "text for a bool", file: "strict: yes\n"},
		{name: "text for numbers", file: "shop:\n  shelves: many\n  stock: 0x10\n  tax: .nan\n"},
		{name: "text for other types", file: "shop:\n  patience: 30\n  max_bag: 1MB\n"},
		{name: "number that does not fit", file: "shop:\n  stock: 9223372036854775808\n  max_bag: 9007199254740992TiB\n"},
		{name: "group for a value", file: "name:\n  first: n1\n"},
		{name: "value for a group", file: "http: :8080\n"},
		{name: "list for a group", file: "http:\n- addr: :8080\n"},
		{name: "list for a value", file: "name: [a, b]\n"},
		{name: "list of groups", file: "modules:\n- name: user\n"},
		{name: "no value", file: "http:\n  addr:\nname: ~\n"},
		{name: "no keys", file: "just words\n"},
		{name: "list at the top", file: "- modules: all\n"},
		{name: "bad syntax", file: "http:\n  addr: \":8080\nname: n1\n"},
		{name: "bad indentation", file: "http:\n    addr: :8080\n  name: n1\n"},
		{name: "tab as indentation", file: "http:\n\taddr: :8080\n"},
		{name: "several documents", file: "name: n1\n---\nname: n2\n"},
		{name: "directive", file: "%YAML 1.2\n---\nname: n1\n"},
		{name: "anchor and alias", file: "name: &n n1\nhttp: *n\ndata:\n  <<: *n\n  dir: *n\n"},
		{name: "tag", file: "name: !!str 5\n"},
		{name: "invalid UTF-8", file: "name: n1\ndata:\n  dir: caf\xe9\n"},
		{name: "control character", file: "name: \"\x1b[31mred\"\n"},
		{name: "too many words", file: "modules: [" + strings.Repeat("a,", 5000) + "]\n"},
		{name: "too many lines", file: "name: |\n" + strings.Repeat("\n", 10000)},
		{name: "too large", file: "# " + strings.Repeat("x", configs.MaxFile)},
		{name: "bad addresses", file: "http:\n  addr: localhost\nhealth:\n  addr: 10.0.0.1:70000\n"},
		{name: "bad hosts", file: "http:\n  addr: ex ample:80\nhealth:\n  addr: 10.0.0.256:80\n"},
		{name: "admin for everybody", flags: map[string]string{"admin.addr": ":7948"}},
		{name: "bad name", env: []string{"HOLON_NAME=../n1"}},
		{name: "bad choices", file: "log:\n  level: debgu\n  format: xml\ndata:\n  dir: ''\n"},
		{name: "out of range", file: "shop:\n  shelves: 0\n  patience: 2h\n  door: {width: 10}\n",
			env: []string{"HOLON_SHOP_MAX_BAG=1GiB"}},
		{name: "whole section", file: "shop:\n  open: true\n  stock: 0\n"},
		{name: "near variable", env: []string{"HOLON_HTTP_ADR=:80", "HOLON_ADMNI=x", "HOLON_CONFG=x", "HOLON_NMAE=x"}},
		{name: "bad variable", env: []string{"HOLON_STRICT=", "HOLON_SHOP_DOOR_WIDTH=wide", "HOLON_HTTP_ADDR=80"}},
		{name: "bad variable and flag", env: []string{"HOLON_STRICT="}, flags: map[string]string{"strict": "perhaps"}},
		{name: "empty HOLON_CONFIG", env: []string{"HOLON_CONFIG="}},
		{name: "HOLON_CONFIG names no file", env: []string{"HOLON_CONFIG=gone.yaml"}},
		{name: "long line", file: "http: {" + strings.Repeat(" ", 200) + "adr: x}\nlog:\n" +
			strings.Repeat(" ", 60) + strings.Repeat("lvl", 40) + ": x\n"},
		{name: "wide characters", file: "name: ü\nhttp: {\"äö\": 5}\n"},
		{name: "windows line ends", file: "\uFEFFnam: n1\r\nhttp:\r\n  adr: :80\r\n"},
		{name: "some other file", file: strings.Repeat("unrelated: 1\n", 30)},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := place(t)
			s.Env, s.Flags = append(s.Env, row.env...), row.flags
			if row.file != "" {
				put(t, s.Dir, "node.yaml", row.file)
				s.File = "node.yaml"
			}
			l, err := configs.Load(s, modules(), configs.Section{Key: "shop", Into: newShop()})
			require.Error(t, err)
			require.NotNil(t, l)
			require.NotEmpty(t, faults(t, err))
			golden(t, filepath.Join("refusals", strings.ReplaceAll(row.name, " ", "-")+".txt"), err.Error()+"\n")

			again, err2 := configs.Load(s, modules(), configs.Section{Key: "shop", Into: newShop()})
			require.EqualError(t, err2, err.Error(), "the same input must read the same")
			require.Equal(t, l.Entries(), again.Entries())
		})
	}
}

// golden compares text with a file of testdata, or writes the file when asked to.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), text)
}
