package registry_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/registry"
)

func TestFollowerKeepsWhatItKnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSources("a", "b")
		s.set("a", "1", "2")
		p := follow(t, s)
		require.Equal(t, []string{"[first +1 +2]"}, p.heard(t))
		s.set("a", "-1")
		require.Equal(t, []string{"[-1]"}, p.heard(t))
		s.set("a", "3")
		require.Equal(t, []string{"[+3]"}, p.heard(t))

		for _, name := range s.any {
			s.change(name, func(n *source) { n.away = true })
		}
		s.asked()
		pass(time.Minute)
		require.Empty(t, p.heard(t))
		require.Greater(t, p.failed, 20)
		require.Less(t, p.failed, 40, "nobody is asked without end")
		s.change("a", func(n *source) { n.away = false })
		s.set("a", "4")
		pass(3 * time.Second)
		require.Equal(t, []string{"[+4]"}, p.heard(t), "the mark is still good")
	})
}

func TestFollowerOfNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSources("a")
		p := follow(t, s)
		require.Equal(t, []string{"[first]"}, p.heard(t), "nothing is an answer")
		pass(time.Minute)
		require.LessOrEqual(t, len(s.asked()), 6, "and told once")
		require.Zero(t, p.failed)
	})
}

func TestFollowerSticksAndMoves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSources("a", "b")
		s.set("a", "1", "2", "3")
		s.set("b", "2", "3", "4")
		p := follow(t, s)
		p.heard(t)
		s.any = []string{"b", "a"}
		pass(time.Minute)
		require.NotContains(t, s.asked(), "b", "who has answered is asked again")
		require.Empty(t, p.heard(t))
		s.change("a", func(n *source) { n.away = true })
		pass(time.Second)
		require.Equal(t, []string{"[+4 -1]"}, p.heard(t), "only what is different")
		s.change("a", func(n *source) { n.away = false })
		pass(time.Minute)
		require.NotContains(t, s.asked()[5:], "a")
		require.Empty(t, p.heard(t))
	})
}

// TestFollowerOfWhoIsLearning holds that what a node does not tell of that may not know it stays until the node would.
func TestFollowerOfWhoIsLearning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSources("a")
		s.set("a", "1", "2", "3")
		p := follow(t, s)
		p.heard(t)
		s.restart("a", true)
		s.set("a", "4")
		pass(time.Second)
		require.Equal(t, []string{"[+4]"}, p.heard(t))
		s.set("a", "1", "-4")
		pass(20 * time.Second)
		require.Equal(t, []string{"[-4]"}, p.heard(t), "a goodbye counts")
		s.set("a", "2")
		s.change("a", func(n *source) { n.learning = false })
		pass(3 * time.Second)
		require.Equal(t, []string{"[-3]"}, p.heard(t))
		pass(time.Minute)
		require.Empty(t, p.heard(t))
	})
}

func TestFollowerOfPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSources("a", "b")
		s.page = 2
		s.set("a", "1", "2", "3", "4", "5")
		p := follow(t, s)
		require.Equal(t, []string{"[first +1 +2 +3 +4 +5]"}, p.heard(t), "parts are told at once")
		s.set("b", "1", "2", "5", "6", "7")
		// What goes and comes while parts are asked for is as it is at the end.
		s.before = func(r registry.ChangesRequest) {
			if r.Boot == "b1" && r.Seq > 0 {
				s.mu.Lock()
				s.before = nil
				s.mu.Unlock()
				s.set("b", "-1", "8", "-7", "-8")
			}
		}
		s.change("a", func(n *source) { n.away = true })
		pass(time.Second)
		require.Equal(t, []string{"[+6 -1 -3 -4]"}, p.heard(t))
	})
}

// TestFollowerOfABrokenSnapshot has a node start anew in the middle of one.
func TestFollowerOfABrokenSnapshot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSources("a", "b")
		s.page = 2
		s.set("a", "1", "2", "3")
		p := follow(t, s)
		p.heard(t)
		s.set("b", "1", "2", "3", "4")
		s.before = func(r registry.ChangesRequest) {
			if r.Boot == "b1" && r.Seq > 0 {
				s.mu.Lock()
				s.before = nil
				s.mu.Unlock()
				s.restart("b", false)
				s.set("b", "2", "3", "5")
			}
		}
		s.change("a", func(n *source) { n.away = true })
		pass(2 * time.Second)
		require.Equal(t, []string{"[+5 -1]"}, p.heard(t), "nothing of the run before")
		require.LessOrEqual(t, p.failed, 2)
	})
}
