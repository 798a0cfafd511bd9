package catalog_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"holon/modules/registry"
	"holon/modules/registry/internal/catalog"
	"holon/transport/status"
)

// follower keeps what it is told, as gateways do.
type follower struct {
	seq   uint64
	known map[string]registry.Instance
}

func (f *follower) follow(c *catalog.Catalog, limit int) (snapshots int) {
	for more := true; more; {
		now, _ := c.Since(f.seq, limit)
		if now.Snapshot {
			f.known = make(map[string]registry.Instance)
			snapshots++
		}
		for _, change := range now.List {
			if change.Instance == nil {
				delete(f.known, change.Service+"/"+change.ID)
			} else {
				f.known[change.Service+"/"+change.ID] = *change.Instance
			}
		}
		f.seq, more = now.Seq, now.More
	}
	return snapshots
}

// TestFollowersKnowWhatThereIs holds that whoever applies changes, in pages of any size and as late as may be, knows what
// the catalogue holds.
func TestFollowersKnowWhatThereIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, is := catalog.New(), make(map[string]registry.Instance)
		followers := []*follower{{}, {}, {}}
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				service, id := fmt.Sprint("s", rapid.IntRange(0, 3).Draw(t, "service")), fmt.Sprint("i", rapid.IntRange(0, 5).Draw(t, "id"))
				if rapid.Bool().Draw(t, "gone") {
					c.Set(service, id, nil)
					delete(is, service+"/"+id)
					return
				}
				i := registry.Instance{ID: id, Version: fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "version"))}
				is[service+"/"+id] = i
				c.Set(service, id, &i)
			},
			"follow": func(t *rapid.T) {
				f := rapid.SampledFrom(followers).Draw(t, "follower")
				f.follow(c, rapid.IntRange(1, 7).Draw(t, "limit"))
				require.Equal(t, is, f.known)
			},
		})
	})
}

// TestGapsAreSnapshots holds that whoever missed a goodbye that is forgotten gets everything anew, and nobody else does.
func TestGapsAreSnapshots(t *testing.T) {
	c := catalog.New()
	old, late := &follower{}, &follower{}
	c.Set("s", "stays", &registry.Instance{ID: "stays"})
	c.Set("s", "goes", &registry.Instance{ID: "goes"})
	require.Equal(t, 1, old.follow(c, 10))
	c.Set("s", "goes", nil)
	require.Equal(t, 1, late.follow(c, 10))
	for i := range 8192 {
		c.Set("t", fmt.Sprint(i), &registry.Instance{})
		c.Set("t", fmt.Sprint(i), nil)
	}
	require.Equal(t, 1, old.follow(c, 1000), "it was told of goes, whose goodbye is forgotten")
	require.Equal(t, map[string]registry.Instance{"s/stays": {ID: "stays"}}, old.known)
	require.Zero(t, late.follow(c, 1000))
	require.Equal(t, old.known, late.known)

	future := &follower{seq: 1 << 40}
	require.Equal(t, 1, future.follow(c, 10), "a number that was never given")
}

func TestNewsWakeWhoWaits(t *testing.T) {
	c := catalog.New()
	i := registry.Instance{ID: "i", Tags: []string{"a"}}
	_, turned := c.Since(0, 1)
	c.Set("s", "j", nil)
	select {
	case <-turned:
		t.Fatal("nothing has changed")
	default:
	}
	c.Set("s", "i", &i)
	<-turned
	_, turned = c.Since(0, 1)
	same := registry.Instance{ID: "i", Tags: []string{"a"}}
	c.Set("s", "i", &same)
	select {
	case <-turned:
		t.Fatal("it is as before")
	default:
	}
}

// TestVersions holds semver's order: numbers count as numbers, and a pre-release is before its release.
func TestVersions(t *testing.T) {
	c := catalog.New()
	for _, v := range []string{"9.0.0", "10.0.0", "10.0.0-rc.1", "10.0.0-rc.11", "10.0.0-rc.2", "1.2.3", "1.9.9+build", ""} {
		c.Set("shop", "i"+v, &registry.Instance{ID: "i" + v, Version: v, Kind: registry.KindLease})
	}
	c.Set("next", "a", &registry.Instance{ID: "a", Version: "2.0.0-beta.11"})
	c.Set("next", "b", &registry.Instance{ID: "b", Version: "2.0.0-beta.2"})
	ids := func(service, version string) (ids []string) {
		l, err := c.Get(registry.GetRequest{Name: service, Version: version})
		require.NoError(t, err, version)
		for _, i := range l.Instances {
			ids = append(ids, i.ID)
		}
		return ids
	}
	require.Equal(t, []string{"i10.0.0"}, ids("shop", "latest"))
	require.Equal(t, []string{"a"}, ids("next", "latest"), "11 is after 2, in a pre-release too")
	require.Equal(t, []string{"i9.0.0"}, ids("shop", "9.0.0"))
	require.Equal(t, []string{"i1.2.3", "i1.9.9+build"}, ids("shop", "^1.2"))
	require.Equal(t, []string{"i10.0.0", "i10.0.0-rc.1", "i10.0.0-rc.11", "i10.0.0-rc.2"}, ids("shop", ">=10.0.0-0"))
	require.Equal(t, []string{"i10.0.0"}, ids("shop", ">=10"), "who does not ask for pre-releases gets none")
	require.Len(t, ids("shop", ""), 8)

	_, err := c.Get(registry.GetRequest{Name: "shop", Version: "^3"})
	require.ErrorIs(t, err, status.New(status.NotFound, "no_such_version", ""))
	require.ErrorContains(t, err, "there are 10.0.0, 10.0.0-rc.11, 10.0.0-rc.2, 10.0.0-rc.1, 9.0.0, 1.9.9+build, 1.2.3")
	_, err = c.Get(registry.GetRequest{Name: "shop", Version: "newest"})
	require.ErrorIs(t, err, status.New(status.Invalid, "bad_version", ""))
	_, err = c.Get(registry.GetRequest{Name: "none"})
	require.ErrorIs(t, err, status.New(status.NotFound, "service_not_found", ""))
}

func TestListsAndFilters(t *testing.T) {
	c := catalog.New()
	for i, name := range []string{"c", "a", "b", "d"} {
		for j := range 2 {
			in := &registry.Instance{ID: fmt.Sprint(j), Health: registry.Health{Status: registry.Passing}}
			if i == j {
				in.Health.Status = registry.Failing
			}
			if name == "d" {
				in.Tags, in.State = []string{"blue"}, "starting"
			}
			c.Set(name, in.ID, in)
		}
	}
	names := func(r registry.ListRequest) (names []string, more bool) {
		l := c.List(r)
		for _, s := range l.Services {
			names = append(names, fmt.Sprint(s.Name, len(s.Instances)))
		}
		return names, l.More
	}
	all, more := names(registry.ListRequest{})
	require.Equal(t, []string{"a2", "b2", "c2", "d2"}, all)
	require.False(t, more)
	page, more := names(registry.ListRequest{Limit: 2, After: "a"})
	require.Equal(t, []string{"b2", "c2"}, page)
	require.True(t, more)
	page, more = names(registry.ListRequest{Limit: 2, After: "b"})
	require.Equal(t, []string{"c2", "d2"}, page)
	require.False(t, more)
	healthy, _ := names(registry.ListRequest{Healthy: true})
	require.Equal(t, []string{"a1", "b2", "c1"}, healthy)
	blue, _ := names(registry.ListRequest{Tag: "blue"})
	require.Equal(t, []string{"d2"}, blue)
	_, err := c.Get(registry.GetRequest{Name: "d", Healthy: true})
	require.ErrorIs(t, err, status.New(status.NotFound, "no_such_instance", ""))
}

func TestGraph(t *testing.T) {
	c := catalog.New()
	c.Set("shop", "1", &registry.Instance{ID: "1", Kind: registry.KindLease, Dependencies: []string{"order", "stock"}})
	c.Set("shop", "2", &registry.Instance{ID: "2", Kind: registry.KindLease, Dependencies: []string{"order"}, Health: registry.Health{Status: registry.Failing}})
	c.Set("order", "n~b", &registry.Instance{ID: "n~b", Kind: registry.KindModule, Dependencies: []string{}})
	require.Equal(t, []registry.Vertex{
		{Name: "order", Kind: registry.KindModule, Instances: 1, Healthy: 1, DependsOn: []string{}, NeededBy: []string{"shop"}},
		{Name: "shop", Kind: registry.KindLease, Instances: 2, Healthy: 1, DependsOn: []string{"order", "stock"}, NeededBy: []string{}},
		{Name: "stock", DependsOn: []string{}, NeededBy: []string{"shop"}},
	}, c.Graph().Services)
}

// TestListIsBounded holds that a page goes into a reply, however large its services are, and that pages together are all.
func TestListIsBounded(t *testing.T) {
	t.Parallel()
	c := catalog.New()
	for s := range 5 {
		for i := range 2000 {
			c.Set(fmt.Sprintf("s%d", s), fmt.Sprint(i), &registry.Instance{ID: fmt.Sprint(i), Metadata: map[string]string{"text": strings.Repeat("x", 400)}})
		}
	}
	seen, ask := 0, registry.ListRequest{}
	for more := true; more; {
		page := c.List(ask)
		raw, err := json.Marshal(page)
		require.NoError(t, err)
		require.Less(t, len(raw), 4<<20)
		for _, s := range page.Services {
			seen += len(s.Instances)
			ask.After = s.Name
		}
		more = page.More
	}
	require.Equal(t, 10_000, seen)
}
