package modulestest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
)

// has happened.
type has struct {
	ID    string   `json:"id"`
	Parts []string `json:"parts,omitempty"`
}

func thing(major, schema int) contract.Contract {
	topic := func(name string) contract.Topic[has] { return contract.Topic[has]{Name: name, Schema: schema} }
	return contract.Contract{Module: "thing", Major: major,
		Methods: []contract.Described{contract.Method[has, struct{}]{Name: "thing.put", Callers: []contract.Caller{contract.Gateway}}},
		Topics:  []contract.AnyTopic{topic("thing.was_put"), topic("thing.broke")}}
}

func TestRender(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{
		"thing v1",
		"thing.put",
		"thing.put for gateway",
		"thing.put request.id: string",
		"thing.put request.parts[]: string (omitempty)",
		"thing.broke event",
		"thing.broke schema 2",
		"thing.broke event.id: string",
		"thing.broke event.parts[]: string (omitempty)",
		"thing.was_put event",
		"thing.was_put schema 2",
		"thing.was_put event.id: string",
		"thing.was_put event.parts[]: string (omitempty)",
	}, render(thing(1, 2)))
}

func TestAContractOnlyGrows(t *testing.T) {
	t.Parallel()
	was := render(thing(1, 2))
	without := func(line string) []string {
		i := slices.Index(was, line)
		return slices.Delete(slices.Clone(was), i, i+1)
	}
	for _, row := range []struct {
		what string
		now  []string
		lost []string
	}{
		{"the same", was, nil},
		{"one line more", append(slices.Clone(was), "thing.burnt event"), nil},
		{"a topic's field gone", without("thing.was_put event.id: string"), []string{"thing.was_put event.id: string"}},
		{"a topic's schema gone", without("thing.broke schema 2"), []string{"thing.broke schema 2"}},
		{"schemas raised", render(thing(1, 10)), nil},
		{"schemas lowered", render(thing(1, 1)), []string{"thing.broke schema 2", "thing.was_put schema 2"}},
		{"another major", render(thing(2, 1)), nil},
	} {
		t.Run(row.what, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, row.lost, lost(was, row.now))
		})
	}
	require.Empty(t, lost(nil, was), "a new contract has lost nothing")
}
