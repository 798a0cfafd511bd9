package cluster_test

import (
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"holon/cluster"
)

func home(module, store string) cluster.Home {
	return cluster.Home{Module: module, StoreID: store, Settled: time.UnixMicro(1).UTC(), Mark: "m1", Node: "n1", Boot: "b1", Addr: "h:1"}
}

// anyHome draws from few values, so that homes meet.
func anyHome() *rapid.Generator[cluster.Home] {
	return rapid.Custom(func(t *rapid.T) cluster.Home {
		return cluster.Home{
			Module:  rapid.SampledFrom([]string{"order", "user"}).Draw(t, "module"),
			StoreID: rapid.SampledFrom([]string{"s1", "s2", "s3"}).Draw(t, "store"),
			Settled: time.UnixMicro(rapid.Int64Range(1, 3).Draw(t, "settled")).UTC(),
			Mark:    rapid.SampledFrom([]string{"m1", "m2"}).Draw(t, "mark"),
			Node:    rapid.SampledFrom([]string{"n1", "n2"}).Draw(t, "node"),
			Boot:    rapid.SampledFrom([]string{"b1", "b2"}).Draw(t, "boot"),
			Addr:    rapid.SampledFrom([]string{"h:1", "h:2"}).Draw(t, "addr"),
			Epoch:   rapid.Uint32Range(0, 2).Draw(t, "epoch"),
			Turn:    rapid.Uint32Range(0, 2).Draw(t, "turn"),
		}
	})
}

func merged(sets ...[]cluster.Home) map[string]cluster.Home {
	into := make(map[string]cluster.Home)
	for _, s := range sets {
		cluster.MergeHomes(into, s...)
	}
	return into
}

func table(m map[string]cluster.Home) []cluster.Home {
	var out []cluster.Home
	for h := range maps.Values(m) {
		out = append(out, h)
	}
	return out
}

// TestMergeOfHomes holds that all nodes come to the same homes, in whatever order and however often they hear of them.
func TestMergeOfHomes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		set := rapid.SliceOfN(anyHome(), 0, 6)
		a, b, c := set.Draw(t, "a"), set.Draw(t, "b"), set.Draw(t, "c")
		require.Equal(t, merged(a, b), merged(b, a), "commutative")
		require.Equal(t, merged(table(merged(a, b)), c), merged(a, table(merged(b, c))), "associative")
		require.Equal(t, merged(a), merged(a, a), "idempotent")
		require.Empty(t, cluster.MergeHomes(merged(a, b), table(merged(a))...), "what is known is no news")
	})
}

func TestHomesThatWin(t *testing.T) {
	t.Parallel()
	old, young := home("order", "s2"), home("order", "s1")
	young.Settled = old.Settled.Add(time.Hour)
	require.Equal(t, old, merged([]cluster.Home{young, old})["order"], "the older home")

	replaced := young
	replaced.Epoch = 1
	require.Equal(t, replaced, merged([]cluster.Home{old, replaced})["order"], "a store that replaced it")

	first, second := home("order", "s1"), home("order", "s1")
	second.Boot = "b2"
	require.Equal(t, first, merged([]cluster.Home{second, first})["order"], "the lower boot")
	second.Turn = 1
	require.Equal(t, second, merged([]cluster.Home{second, first})["order"], "who has the store now")
}

func TestHomesRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := cluster.Told("c", "n~b", rapid.SliceOfN(anyHome(), 1, 6).Draw(t, "homes")...)
		got, err := cluster.DecodeHomes(m.Encode())
		require.NoError(t, err)
		require.Equal(t, m, got)
		for n := range len(m.Encode()) {
			_, err := cluster.DecodeHomes(m.Encode()[:n])
			require.Error(t, err)
		}
	})
}
