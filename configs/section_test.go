package configs_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/configs"
)

// A section that cannot be is a mistake of the program. Load says so with a plain error and no Loaded.
func TestImpossibleSections(t *testing.T) {
	type one struct {
		A string `yaml:"a" help:"h"`
	}
	for _, row := range []struct {
		want     string
		sections []configs.Section
	}{
		{`configs: section "http": the name is taken`, []configs.Section{{Key: "http", Into: &one{}}}},
		{`configs: section "name": the name is taken`, []configs.Section{{Key: "name", Into: &one{}}}},
		{`configs: section "s": the name is taken`, []configs.Section{{Key: "s", Into: &one{}}, {Key: "s", Into: &one{}}}},
		{`configs: section "My-Shop": a name is lower-case letters, digits and underscores`,
			[]configs.Section{{Key: "My-Shop", Into: &one{}}}},
		{`configs: section "s": Into is configs_test.one, want a pointer to a struct`,
			[]configs.Section{{Key: "s", Into: one{}}}},
		{`configs: section "s": Into is *configs_test.one, want a pointer to a struct`,
			[]configs.Section{{Key: "s", Into: (*one)(nil)}}},
		{`configs: section "s": Into is <nil>, want a pointer to a struct`, []configs.Section{{Key: "s"}}},
		{`configs: s.a: the field has no help tag`, []configs.Section{{Key: "s", Into: &struct {
			A string `yaml:"a"`
		}{}}}},
		{`configs: s.a: a setting cannot be a map[string]int`, []configs.Section{{Key: "s", Into: &struct {
			A map[string]int `yaml:"a" help:"h"`
		}{}}}},
		{`configs: s: field A: the yaml tag must be lower-case letters, digits and underscores`,
			[]configs.Section{{Key: "s", Into: &struct{ A string }{}}}},
		{`configs: s.a: two fields have this name`, []configs.Section{{Key: "s", Into: &struct {
			A string `yaml:"a" help:"h"`
			B string `yaml:"a" help:"h"`
		}{}}}},
		{`configs: s.b_c and s_b.c would both be HOLON_S_B_C`, []configs.Section{
			{Key: "s", Into: &struct {
				A string `yaml:"b_c" help:"h"`
			}{}},
			{Key: "s_b", Into: &struct {
				A string `yaml:"c" help:"h"`
			}{}},
		}},
	} {
		t.Run(row.want, func(t *testing.T) {
			l, err := configs.Load(configs.Sources{File: "none"}, nil, row.sections...)
			require.EqualError(t, err, row.want)
			require.Nil(t, l)
		})
	}
}

// nagging returns what it is told to from Validate.
type nagging struct {
	A   int `yaml:"a" help:"h"`
	err error
}

func (n *nagging) Validate() error { return n.err }

func TestComplaintsOfASection(t *testing.T) {
	for _, row := range []struct {
		name string
		err  error
		want []string
	}{
		{"none", nil, nil},
		{"a key", configs.Invalid("a", "must be %s", "even"), []string{"s.a must be even"}},
		{"a wrapped key", fmt.Errorf("w: %w", configs.Invalid("a", "is odd")), []string{"s.a is odd"}},
		{"a key that is not there", configs.Invalid("b", "is odd"), []string{"s.b is odd"}},
		{"the whole", errors.New("does not fit"), []string{"s: does not fit"}},
		{"several", errors.Join(errors.New("x"), errors.Join(configs.Invalid("a", "y"), nil)), []string{"s: x", "s.a y"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := configs.Load(configs.Sources{File: "none"}, nil,
				configs.Section{Key: "s", Into: &nagging{err: row.err}})
			var got []string
			for _, e := range faults(t, err) {
				got = append(got, e.Message)
				require.Equal(t, "default", e.Origin.String())
			}
			require.Equal(t, row.want, got)
		})
	}
}

// Next to a mistyped key a complaint about values nobody meant would only mislead.
func TestNothingIsValidatedBeforeAllIsUnderstood(t *testing.T) {
	s := place(t)
	put(t, s.Dir, "holon.yaml", "shop: {shelfs: 3, shelves: 0}\n")
	_, err := configs.Load(s, modules(), configs.Section{Key: "shop", Into: newShop()})
	require.Len(t, faults(t, err), 1)
	require.ErrorContains(t, err, `unknown key "shelfs"`)
}
