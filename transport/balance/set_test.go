package balance_test

import (
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-kit/kit/endpoint"
	"github.com/go-kit/kit/sd"
	"github.com/go-kit/kit/sd/lb"
	"github.com/stretchr/testify/require"

	"holon/transport/balance"
)

// newSet returns a set of these instances.
func newSet(t *testing.T, instances ...string) *balance.Set {
	t.Helper()
	s := balance.NewSet(balance.Params{Factory: factory, Self: "me~b1"})
	_, bad := s.Update(instances)
	require.Empty(t, bad)
	return s
}

func at(node string) string         { return node + "~b1@127.0.0.1:1;ready" }
func drainingAt(node string) string { return node + "~b1@127.0.0.1:1;draining" }

// fail lets calls on an instance fail.
func fail(t *testing.T, s *balance.Set, node string, times int) {
	t.Helper()
	for range times {
		on(t, s, node, balance.Failed)
	}
}

// on makes a call that goes to the node, leaving out the others.
func on(t *testing.T, s *balance.Set, node string, o balance.Outcome) {
	t.Helper()
	var others []*balance.Entry
	for {
		e := s.Pick(false, others)
		require.NotNil(t, e, "no instance on %s", node)
		if e.Instance().Node() == node {
			e.Done(o)
			break
		}
		others = append(others, e)
	}
	for _, e := range others {
		e.Done(balance.Unknown)
	}
}

// share counts where calls go, one after the other.
func share(s *balance.Set, calls int) map[string]int {
	nodes := make(map[string]int)
	for range calls {
		if e := s.Pick(false, nil); e != nil {
			nodes[e.Instance().Node()]++
			e.Done(balance.Worked)
		}
	}
	return nodes
}

func TestCallsAreSpread(t *testing.T) {
	t.Parallel()
	s := newSet(t, at("a"), at("b"), at("c"))
	nodes := share(s, 3000)
	for _, node := range []string{"a", "b", "c"} {
		require.InDelta(t, 1000, nodes[node], 200)
	}
}

func TestTheLessBusyOfTwo(t *testing.T) {
	t.Parallel()
	s := newSet(t, at("a"), at("b"))
	first := s.Pick(false, nil)
	for range 100 {
		second := s.Pick(false, nil)
		require.NotEqual(t, first.Instance(), second.Instance())
		second.Done(balance.Worked)
	}
	first.Done(balance.Worked)
}

func TestDrainingOnesComeLast(t *testing.T) {
	t.Parallel()
	s := newSet(t, at("a"), drainingAt("b"))
	require.Equal(t, map[string]int{"a": 100}, share(s, 100))
	s.Update([]string{drainingAt("b")})
	require.Equal(t, map[string]int{"b": 100}, share(s, 100))
	s.Update([]string{at("b")})
	require.False(t, s.Instances()[0].Draining, "it came back")
}

func TestNobody(t *testing.T) {
	t.Parallel()
	s := newSet(t)
	require.Nil(t, s.Pick(true, nil))
	_, err := s.Endpoint()
	require.ErrorIs(t, err, lb.ErrNoEndpoints)
	changed := s.Changed()
	s.Update([]string{at("a")})
	<-changed
	_, err = s.Endpoint()
	require.NoError(t, err)
}

func TestFiveFailuresEject(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSet(t, at("a"), at("b"))
		fail(t, s, "a", 4)
		on(t, s, "a", balance.Worked)
		fail(t, s, "a", 4)
		on(t, s, "a", balance.Unknown)
		require.Positive(t, share(s, 100)["a"], "not five in a row")
		fail(t, s, "a", 5) // share's calls worked
		require.Equal(t, map[string]int{"b": 100}, share(s, 100))

		lasts := time.Second
		for range 8 {
			wait(lasts - time.Millisecond)
			require.Equal(t, "b", picked(s, true), "too early to try")
			wait(time.Millisecond)
			require.Equal(t, map[string]int{"b": 100}, share(s, 100), "not with calls that may not be repeated")
			probe := s.Pick(true, nil)
			require.Equal(t, "a", probe.Instance().Node())
			require.Equal(t, "b", picked(s, true), "one probe at a time")
			probe.Done(balance.Failed)
			lasts = min(2*lasts, 30*time.Second)
		}
		wait(lasts)
		probe := s.Pick(true, nil)
		require.Equal(t, "a", probe.Instance().Node())
		changed := s.Changed()
		probe.Done(balance.Worked)
		<-changed
		require.Positive(t, share(s, 100)["a"])
	})
}

// TestAnyCallIsAProbeInTheEnd where nobody makes calls that may be repeated.
func TestAnyCallIsAProbeInTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSet(t, at("a"), at("b"))
		fail(t, s, "a", 5)
		wait(2*time.Second - time.Millisecond)
		require.Equal(t, map[string]int{"b": 100}, share(s, 100))
		wait(time.Millisecond)
		probe := s.Pick(false, nil)
		require.Equal(t, "a", probe.Instance().Node())
		require.Equal(t, "b", picked(s, false), "one probe at a time")
		probe.Done(balance.Worked)
		require.Positive(t, share(s, 100)["a"])
	})
}

// TestEjectedIsToldOutsideTheLock holds that whoever is told may look at the set.
func TestEjectedIsToldOutsideTheLock(t *testing.T) {
	t.Parallel()
	var s *balance.Set
	told := 0
	s = balance.NewSet(balance.Params{Factory: factory, Ejected: func(in balance.Instance, lasts time.Duration) {
		require.Equal(t, "a", in.Node())
		require.Equal(t, time.Second, lasts)
		require.False(t, s.States()[0].Until.IsZero())
		told++
	}})
	s.Update([]string{at("a"), at("b")})
	fail(t, s, "a", 5)
	require.Equal(t, 1, told)
}

// wait lets time pass in a bubble.
func wait(d time.Duration) { <-time.After(d) }

func picked(s *balance.Set, repeatable bool) string {
	e := s.Pick(repeatable, nil)
	defer e.Done(balance.Unknown)
	return e.Instance().Node()
}

// idle is for a set that only chooses.
func idle(string) (endpoint.Endpoint, io.Closer, error) { return nil, nil, nil }

// TestWorksInTheMiddle holds that a call that goes on for hours says at once that its instance works.
func TestWorksInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := balance.NewSet(balance.Params{Factory: idle})
		s.Update([]string{"a~1@h:1;ready", "b~1@h:2;ready"})
		for range 5 {
			s.PickAt("a").Done(balance.Failed)
		}
		require.Equal(t, "b", s.PickWell(true, nil).Instance().Node())
		<-time.After(1001 * time.Millisecond)
		probe := s.Pick(true, nil)
		require.Equal(t, "a", probe.Instance().Node())
		require.Equal(t, "b", s.Pick(true, nil).Instance().Node(), "one probe at a time")
		probe.Works()
		seen := make(map[string]bool)
		for range 20 {
			seen[s.PickWell(false, nil).Instance().Node()] = true
		}
		require.True(t, seen["a"])
	})
}

// TestGroups holds that sets of which one stands for another are counted together.
func TestGroups(t *testing.T) {
	var g balance.Group
	one, other := balance.NewSet(balance.Params{Factory: idle, Group: &g}), balance.NewSet(balance.Params{Factory: idle, Group: &g})
	one.Update([]string{"a~1@h:1;ready"})
	other.Update([]string{"b~1@h:2;ready"})
	eject := func(s *balance.Set, node string) {
		for range 5 {
			s.PickAt(node).Done(balance.Failed)
		}
	}
	eject(one, "a")
	require.Nil(t, one.PickWell(false, nil))
	eject(other, "b")
	require.NotNil(t, other.PickWell(false, nil), "half stays")
	one.Update(nil)
	other.Update([]string{"b~1@h:2;ready", "c~1@h:3;ready"})
	eject(other, "b")
	require.Equal(t, "c", other.PickWell(false, nil).Instance().Node(), "what has gone is not counted")
}

func TestHalfStays(t *testing.T) {
	t.Parallel()
	s := newSet(t, at("a"), at("b"), at("c"))
	for _, node := range []string{"a", "b", "c"} {
		fail(t, s, node, 10)
	}
	require.Len(t, share(s, 100), 2)

	alone := newSet(t, at("a"))
	fail(t, alone, "a", 10)
	require.Equal(t, map[string]int{"a": 1}, share(alone, 1), "the only one is better than none")

	s = newSet(t, at("a"), at("b"))
	fail(t, s, "a", 5)
	s.Update([]string{at("a")})
	require.Equal(t, map[string]int{"a": 1}, share(s, 1), "the others have gone")
}

func TestWhatIsKnownOfAnInstanceIsKept(t *testing.T) {
	t.Parallel()
	s := newSet(t, at("a"), at("b"))
	fail(t, s, "a", 5)
	s.Update([]string{at("b"), drainingAt("a")})
	require.Equal(t, map[string]int{"b": 100}, share(s, 100))
	s.Update([]string{at("b"), "a~b2@127.0.0.1:1;ready"})
	require.Positive(t, share(s, 100)["a"], "started again it is another")
}

func TestInstancesThatCannotBe(t *testing.T) {
	t.Parallel()
	s := newSet(t)
	_, bad := s.Update([]string{"", "a", "a~b", "a~b@", "@x;ready", "a~b@x", "a~b@x;starting", "a~b@x;ready", at("me")})
	require.Len(t, bad, 7)
	require.Equal(t, []balance.Instance{{ID: "a~b", Addr: "x"}}, s.Instances())
	require.Equal(t, "a~b@x;ready", s.Instances()[0].String())

	broken := errors.New("broken")
	s = balance.NewSet(balance.Params{Factory: func(string) (endpoint.Endpoint, io.Closer, error) { return nil, nil, broken }})
	_, bad = s.Update([]string{at("a")})
	require.ErrorIs(t, bad[0], broken)
	require.Empty(t, s.Instances())
}

// instancer tells whoever registers.
type instancer struct {
	mu sync.Mutex
	ch chan<- sd.Event
}

func (i *instancer) Register(ch chan<- sd.Event) { i.mu.Lock(); i.ch = ch; i.mu.Unlock() }
func (i *instancer) Deregister(chan<- sd.Event)  {}
func (i *instancer) Stop()                       {}

type closer func()

func (c closer) Close() error { c(); return nil }

func TestFollow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var closed, told []string
		s := balance.NewSet(balance.Params{Factory: func(in string) (endpoint.Endpoint, io.Closer, error) {
			return nil, closer(func() { closed = append(closed, in) }), nil
		}})
		i := &instancer{}
		stop := s.Follow(i, func(err error) { told = append(told, err.Error()) })
		say := func(e sd.Event) {
			i.ch <- e
			synctest.Wait()
		}
		say(sd.Event{Instances: []string{at("a"), at("b"), "rubbish"}})
		require.Len(t, s.Instances(), 2)
		require.Len(t, told, 1)
		say(sd.Event{Err: errors.New("lost")})
		require.Len(t, s.Instances(), 2, "what was known last")
		require.Len(t, told, 2)
		say(sd.Event{Instances: []string{at("b")}})
		require.Equal(t, []string{at("a")}, closed)
		stop()
		require.Equal(t, []string{at("a"), at("b")}, closed)
		require.Empty(t, s.Instances())
	})
}

func factory(string) (endpoint.Endpoint, io.Closer, error) { return nil, nil, nil }
