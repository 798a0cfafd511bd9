package configs_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/configs"
)

// fleet is a section with a list of groups.
type fleet struct {
	Harbour string `yaml:"harbour" help:"where the ships are"`
	Ships   []ship `yaml:"ships" help:"the ships"`
}

type ship struct {
	Name  string        `yaml:"name" help:"painted on the bow"`
	Wait  time.Duration `yaml:"wait" help:"how long it waits for the tide"`
	Ports []string      `yaml:"ports" help:"where it calls"`
	Hull  struct {
		Length int `yaml:"length" help:"in metres"`
	} `yaml:"hull"`
	Boats []boat `yaml:"boats" help:"its boats"`
}

type boat struct {
	Seats int `yaml:"seats" help:"seats"`
}

func (s *ship) Defaults() { s.Wait = 6 * time.Hour }

func (f *fleet) Validate() error {
	var errs []error
	for i, s := range f.Ships {
		if s.Name == "" {
			errs = append(errs, configs.Invalid(configs.Item("ships", i)+".name", "must not be empty"))
		}
	}
	return errors.Join(errs...)
}

func loadFleet(t *testing.T, text string, env ...string) (*configs.Loaded, *fleet, error) {
	t.Helper()
	s := place(t)
	s.Env = append(s.Env, env...)
	put(t, s.Dir, "holon.yaml", text)
	f := &fleet{}
	l, err := configs.Load(s, modules(), configs.Section{Key: "fleet", Into: f})
	return l, f, err
}

func TestListsOfGroups(t *testing.T) {
	l, f, err := loadFleet(t, `
fleet:
  harbour: Kiel
  ships:
    - name: Anna
      ports: [Oslo, Bergen]
      hull: {length: 30}
      boats: [{seats: 4}, {}]
    - {name: Berta, wait: 5m}
`)
	require.NoError(t, err)
	require.Len(t, f.Ships, 2)
	require.Equal(t, ship{Name: "Berta", Wait: 5 * time.Minute}, f.Ships[1])
	require.Equal(t, []any{"Anna", 6 * time.Hour, 30, []boat{{4}, {0}}},
		[]any{f.Ships[0].Name, f.Ships[0].Wait, f.Ships[0].Hull.Length, f.Ships[0].Boats})
	require.Equal(t, "2 items", entry(t, l, "fleet.ships").Value)
	require.Equal(t, configs.Entry{Key: "fleet.ships[0].boats[0].seats", Value: "4", Source: "file holon.yaml:8:23", Help: "seats"},
		entry(t, l, "fleet.ships[0].boats[0].seats"))
	require.Equal(t, "default", entry(t, l, "fleet.ships[0].wait").Source)

	l, f, err = loadFleet(t, "fleet: {ships: []}")
	require.NoError(t, err)
	require.Empty(t, f.Ships)
	require.Equal(t, "[]", entry(t, l, "fleet.ships").Value)
}

func TestFaultsInListsOfGroups(t *testing.T) {
	for text, want := range map[string]string{
		"fleet:\n  ships: 3":                             "holon.yaml:2:10  fleet.ships must be a list of groups, not ",
		"fleet:\n  ships:":                               "holon.yaml:2:3  fleet.ships has no value",
		"fleet:\n  ships: {name: x}":                     "fleet.ships must be a list of groups, not ",
		"fleet:\n  ships:\n    - Anna":                   "holon.yaml:3:7  fleet.ships[0] must be a group of keys, not ",
		"fleet:\n  ships:\n    -\n    - name: x":         "fleet.ships[0] must be a group of keys, not ",
		"fleet:\n  ships:\n    - nmae: x":                `holon.yaml:3:7  unknown key "nmae" in fleet.ships[0]  (did you mean "name"?)`,
		"fleet:\n  ships:\n    - {name: x, wait: soon}":  "holon.yaml:3:23  fleet.ships[0].wait must be a duration",
		"fleet:\n  ships:\n    - {name: x, name: y}":     `key "name" in fleet.ships[0] is given twice`,
		"fleet:\n  ships:\n    - {name: x}\n    - {}":    "holon.yaml:4:7  fleet.ships[1].name must not be empty",
		"fleet:\n  ships:\n    - {name: x, boats: [1]}":  "fleet.ships[0].boats[0] must be a group of keys",
		"fleet:\n  ships:\n    - {name: x, hull: long}":  "fleet.ships[0].hull must be a group of keys",
		"fleet:\n  ships:\n    - {name: x}\n  ships: []": `key "ships" in fleet is given twice`,
	} {
		_, _, err := loadFleet(t, text)
		require.ErrorContains(t, err, want, "%s", text)
	}
	_, _, err := loadFleet(t, "fleet: {harbour: Kiel}", "HOLON_FLEET_SHIPS=[]")
	require.NoError(t, err, "a variable of that name is nobody's: it is only warned of")
}

func TestReferenceOfListsOfGroups(t *testing.T) {
	text, err := configs.Reference(configs.Section{Key: "fleet", Into: &fleet{}})
	require.NoError(t, err)
	require.Contains(t, text, `  # the ships
  # in a file only; a list whose items have
  #   name: ""
  #     painted on the bow
  #   wait: 6h
  #     how long it waits for the tide
  #   ports: []
  #     where it calls
  #   hull.length: 0
  #     in metres
  #   boats: []
  #     its boats
  #   #   seats: 0
  #   #     seats
  #ships: []
`)
}
