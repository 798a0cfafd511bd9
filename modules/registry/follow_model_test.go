package registry_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"holon/modules/registry"
)

// bubbled hides from rapid that it runs in a bubble, where nobody may ask for the test's deadline.
type bubbled struct{ rapid.TB }

// TestFollowerWhateverHappens has nodes go, come back with nothing, learn and tell in parts: who lives is never said to be gone,
// nothing is told that was so before, and once it is quiet the follower knows what the nodes do.
func TestFollowerWhateverHappens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(bubbled{t}, func(t *rapid.T) {
			names := []string{"a", "b", "c"}
			s := newSources(names...)
			live := []string{"l1", "l2", "l3", "l4"}
			for _, name := range names {
				s.set(name, live...)
			}
			truth := map[string]bool{"l1": true, "l2": true, "l3": true, "l4": true}
			p := &pupil{known: make(map[string]bool)}
			f := registry.Follower{Service: s, Told: func(changes []registry.Change, first bool) {
				p.tell(changes, first)
				for _, c := range changes {
					if c.Instance == nil && slices.Contains(live, c.ID) {
						p.wrong = append(p.wrong, c.ID+" lives")
					}
				}
			}}
			ctx, cancel := context.WithCancel(context.Background())
			var group sync.WaitGroup
			group.Go(func() { f.Run(ctx) })
			defer func() { cancel(); group.Wait() }()
			everywhere := func() {
				for _, name := range names {
					for id, there := range truth {
						if there {
							s.set(name, id)
						} else {
							s.set(name, "-"+id)
						}
					}
				}
			}
			for range rapid.IntRange(1, 30).Draw(t, "steps") {
				name := rapid.SampledFrom(names).Draw(t, "node")
				switch rapid.SampledFrom([]string{"come", "go", "away", "restart", "learnt", "pass", "parts"}).Draw(t, "do") {
				case "come", "go":
					id := fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "id"))
					truth[id] = rapid.Bool().Draw(t, "there")
					everywhere()
				case "away":
					away := rapid.Bool().Draw(t, "is")
					s.change(name, func(n *source) { n.away = away })
				case "restart":
					s.restart(name, true)
				case "learnt": // what a node does not know when it says so does not live
					everywhere()
					s.change(name, func(n *source) { n.learning = false })
				case "parts":
					s.mu.Lock()
					s.page = rapid.IntRange(1, 9).Draw(t, "page")
					s.mu.Unlock()
				}
				pass(time.Duration(rapid.IntRange(0, 5000).Draw(t, "ms")) * time.Millisecond)
			}
			everywhere()
			for _, name := range names {
				s.change(name, func(n *source) { n.away, n.learning = false, false })
			}
			pass(30 * time.Second)
			p.heard(t)
			for id, there := range truth {
				require.Equal(t, there, p.known[id], id)
			}
		})
	})
}
