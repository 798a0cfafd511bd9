package cluster_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/cluster"
	"holon/cluster/clustertest"
)

func modules(n int) (records []cluster.ModuleRecord, list []cluster.Module) {
	for i := range n {
		name := fmt.Sprintf("module%d", i)
		records = append(records, cluster.SpelledModule(name, uint8(i), cluster.State(i%3)))
		list = append(list, cluster.Module{Name: name, Major: i})
	}
	return records, list
}

func TestRecordRoundTrip(t *testing.T) {
	t.Parallel()
	all, _ := modules(30)
	versioned := slices.Clone(all[:3])
	versioned[1] = cluster.VersionedModule(versioned[1], "1.4.2")
	for _, r := range []cluster.Record{
		cluster.Spelled(cluster.Ready, true, "c", "h:1", "v1", versioned...),
		cluster.Spelled(cluster.Starting, false, "", "h:1", ""),
		cluster.Spelled(cluster.Ready, true, strings.Repeat("c", 40), "[::1]:7947", "v1.2.3", all...),
		cluster.Spelled(cluster.Draining, false, "c", strings.Repeat("a", 60)+":7947", "v1", all[:1]...),
	} {
		got, err := cluster.DecodeRecord(r.Encode())
		require.NoError(t, err)
		require.Equal(t, r, got)
		got, err = cluster.DecodeRecord(append(r.Encode(), "fields of a later version"...))
		require.NoError(t, err)
		require.Equal(t, r, got)
	}
}

// TestMetadataFits holds what memberlist would answer with a panic.
func TestMetadataFits(t *testing.T) {
	t.Parallel()
	all, list := modules(30)
	r := cluster.Spelled(cluster.Ready, true, strings.Repeat("c", 40), strings.Repeat("a", 100)+":7947", strings.Repeat("v", 32), all...)
	require.Less(t, len(r.Encode()), cluster.MetaLimit)

	f := clustertest.NewFleet(t)
	_, err := f.New(func(p *cluster.Params) { p.Modules, p.Version = list, strings.Repeat("v", 90) })
	require.NoError(t, err)
	_, many := modules(60)
	_, err = f.New(func(p *cluster.Params) { p.Modules = many })
	require.ErrorContains(t, err, "place fewer modules")

	// The address may be said later; it counts as well.
	_, most := modules(45)
	n, err := f.New(func(p *cluster.Params) { p.Modules, p.Addr = most, "" })
	require.NoError(t, err)
	require.ErrorContains(t, n.Start(t.Context()), "no node address")
	require.ErrorContains(t, n.SetAddr(strings.Repeat("a", 100)+":7947"), "shorter address")
	require.NoError(t, n.SetAddr("10.0.0.1:7947"))
	require.Error(t, n.SetAddr("nowhere"))
}

func TestRecordRefused(t *testing.T) {
	t.Parallel()
	good := cluster.Spelled(cluster.Ready, true, "c", "h:1", "v", cluster.SpelledModule("work", 1, cluster.Ready))
	b := good.Encode()
	for n := range len(b) - 1 { // without the last byte it is one from before modules had versions
		_, err := cluster.DecodeRecord(b[:n])
		require.Error(t, err, "%d bytes", n)
	}
	before, err := cluster.DecodeRecord(b[:len(b)-1])
	require.NoError(t, err)
	require.Equal(t, good, before)
	versioned := cluster.Spelled(cluster.Ready, true, "c", "h:1", "v", cluster.VersionedModule(cluster.SpelledModule("work", 1, cluster.Failing), "1.4.2"))
	with := versioned.Encode()
	_, err = cluster.DecodeRecord(with[:len(with)-1])
	require.Error(t, err)
	_, err = cluster.DecodeRecord(append(with[:len(with)-5], " odd "...))
	require.ErrorContains(t, err, "a module's version")
	other := slices.Clone(b)
	other[0] = 2
	_, err = cluster.DecodeRecord(other)
	require.ErrorContains(t, err, "format 2")
	for _, addr := range []string{"", "h", "h:", ":1", "h:1;ready", "h@x:1", "h h:1", "h:1\n"} {
		bad := cluster.Spelled(cluster.Ready, true, "c", addr, "v")
		_, err := cluster.DecodeRecord(bad.Encode())
		require.Error(t, err, "%q", addr)
	}
}

// TestNewerState holds that a state of a later version gets no calls.
func TestNewerState(t *testing.T) {
	t.Parallel()
	r := cluster.Spelled(3, false, "", "h:1", "", cluster.SpelledModule("work", 1, 9))
	got, err := cluster.DecodeRecord(r.Encode())
	require.NoError(t, err)
	require.Equal(t, cluster.Spelled(cluster.Starting, false, "", "h:1", "", cluster.SpelledModule("work", 1, cluster.Starting)), got)
}

func FuzzDecodeRecord(f *testing.F) {
	all, _ := modules(3)
	r := cluster.Spelled(cluster.Ready, true, "c", "h:1", "v", all...)
	f.Add(r.Encode())
	f.Add([]byte{})
	f.Add([]byte{1, 0xff, 0, 3, 'h', ':', '1', 0, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := cluster.DecodeRecord(b)
		if err != nil {
			return
		}
		again, err := cluster.DecodeRecord(r.Encode())
		require.NoError(t, err)
		require.Equal(t, r, again)
	})
}

func FuzzDecodeHomes(f *testing.F) {
	m := cluster.Told("c", "n~b", home("order", "s1"), home("user", "s2"))
	f.Add(m.Encode())
	f.Add([]byte{1, 0, 0, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := cluster.DecodeHomes(b)
		if err != nil {
			return
		}
		again, err := cluster.DecodeHomes(m.Encode())
		require.NoError(t, err)
		require.Equal(t, m, again)
	})
}
