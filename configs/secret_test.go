package configs_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/configs"
)

// A secret must not reach a terminal or a log, whatever is wrong with the file it stands in.
func TestSecretsAreNeverRepeated(t *testing.T) {
	for name, text := range map[string]string{
		"unknown key on its line":      "shop: {token: hunter2, colour: red}",
		"unknown key before it":        "shop: {colour: red, token: hunter2}",
		"mistyped key":                 "shop:\n  tokn: hunter2\n",
		"mistyped key in capitals":     "shop:\n  TOKN : hunter2\n",
		"key given twice":              "shop:\n  token: x\n  token: hunter2\n",
		"wrong kind":                   "shop:\n  token: [hunter2]\n",
		"wrong kind on the next line":  "shop:\n  token:\n    sub: hunter2\n",
		"wrong item":                   "shop:\n  door:\n    spares:\n    - a\n    - {hunter2: x}\n",
		"empty item":                   "shop:\n  door:\n    spares: [a, '', hunter2]\n",
		"bad syntax on its line":       "shop:\n  token: hunter2: x\n",
		"bad syntax in a block":        "shop:\n  token: |\n    x\n   \"hunter2\n",
		"bad syntax at the margin":     "shop:\n  token: |\nhunter2\n",
		"tag":                          "shop:\n  token: !!binary hunter2\n",
		"anchor":                       "shop:\n  token: &hunter2 x\n",
		"control character":            "shop:\n  token: hunter2\x01\n",
		"invalid UTF-8 in a long text": "shop:\n  token: >\n    line\n\n    hunter2 \xff\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := place(t)
			put(t, s.Dir, "holon.yaml", text)
			_, err := configs.Load(s, modules(), configs.Section{Key: "shop", Into: newShop()})
			require.Error(t, err)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestSecretsAreListedAsStars(t *testing.T) {
	s := place(t)
	put(t, s.Dir, "holon.yaml", "shop:\n  token: hunter2\n")
	l, err := configs.Load(s, modules(), configs.Section{Key: "shop", Into: newShop()})
	require.NoError(t, err)
	require.Equal(t, configs.Entry{
		Key: "shop.token", Value: "***", Source: "file holon.yaml:2:10", Env: "HOLON_SHOP_TOKEN",
		Help: "opens the safe", Secret: true,
	}, entry(t, l, "shop.token"))
	require.Equal(t, "[]", entry(t, l, "shop.door.spares").Value, "that a secret is not set is none")
	require.NotContains(t, fmt.Sprint(l.Entries()), "hunter2")
}

// picky is a type whose own message repeats what it was given.
type picky struct{ text string }

func (p *picky) UnmarshalText(text []byte) error { return fmt.Errorf("I do not like %s\nat all", text) }
func (p picky) MarshalText() ([]byte, error)     { return []byte(p.text), nil }

func TestTypesWithTheirOwnText(t *testing.T) {
	type vault struct {
		Plain picky `yaml:"plain" help:"h"`
		Safe  picky `yaml:"safe" help:"h" secret:"true"`
	}
	s := place(t)
	s.Env = append(s.Env, "HOLON_VAULT_PLAIN=this", "HOLON_VAULT_SAFE=hunter2")
	_, err := configs.Load(s, modules(), configs.Section{Key: "vault", Into: &vault{}})
	all := faults(t, err)
	require.Len(t, all, 2)
	require.Equal(t, "vault.plain cannot be read: I do not like this", all[0].Message)
	require.Equal(t, "vault.safe cannot be read", all[1].Message)
	require.NotContains(t, err.Error(), "hunter2")
}
