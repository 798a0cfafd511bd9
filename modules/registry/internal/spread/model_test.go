package spread_test

import (
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// bubbled hides from rapid that it runs in a bubble, where nobody may ask for the test's deadline.
type bubbled struct{ rapid.TB }

// TestWhateverGoesWrong holds that after any faults, on nodes whose clocks differ by hours, all agree once it is quiet and
// everybody has said again what is so, and that who then falls silent is gone everywhere in time.
func TestWhateverGoesWrong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(bubbled{t}, func(t *rapid.T) {
			skews := func(node string) time.Duration {
				return time.Duration(rapid.IntRange(-60, 60).Draw(t, node+"'s clock")) * time.Minute
			}
			w := newWorld(t)
			defer w.endAll()
			names := []string{"a", "b", "c"}
			for _, name := range names {
				w.start(name, skews(name))
			}
			seed := rapid.Uint32().Draw(t, "seed")
			w.isTrouble(func(from, to string, nth int) trouble {
				h := crc32.ChecksumIEEE(fmt.Append(nil, seed, from, to, nth))
				bad := trouble{lost: h%5 == 0, deaf: h/5%5 == 0}
				if h/25%2 == 0 {
					bad.slow = time.Duration(h/50%4) * time.Second
				}
				return bad
			})
			anyone := func() *node { return w.nodes[rapid.SampledFrom(names).Draw(t, "at")] }
			said, ended := make(map[string]int), false
			for i := range rapid.IntRange(1, 25).Draw(t, "steps") {
				at := anyone()
				id := fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "id"))
				switch rapid.SampledFrom([]string{"put", "put", "put", "drop", "cut", "heal", "restart", "pass", "pass"}).Draw(t, "do") {
				case "put":
					said[id] = i
					w.put(at, id, i)
				case "drop":
					at.table.Drop("shop", id)
				case "cut":
					w.isolate(at.Node, true)
				case "heal":
					w.isolate(at.Node, false)
				case "restart":
					ended = true
					w.end(at.Node, rapid.Bool().Draw(t, "without a word"))
					w.start(at.Node, skews(at.Node))
				case "pass":
					pass(time.Duration(rapid.IntRange(1, 60).Draw(t, "seconds")) * time.Second)
				}
			}
			w.quiet(names)
			if !ended {
				w.agree()
			}
			// What a node that ended had told some of the others only, heartbeats heal, wherever they come to: at once, or where two
			// wrote of the same key and do not know of each other, when the one that is not renewed has ended.
			at := anyone()
			for range 5 {
				for _, id := range slices.Sorted(maps.Keys(said)) {
					w.put(at, id, said[id])
				}
				pass(10 * time.Second)
			}
			w.agree()
			for _, s := range known(w.all()[0]) {
				require.Equal(t, fmt.Sprintf("%d.0.0", said[s.ID]), s.Registration.Version)
			}
			require.Len(t, ids(w.all()[0]), len(said))
			pass(25 * time.Second) // ten have passed
			for _, n := range w.all() {
				require.Empty(t, n.table.All(), "nobody has said anything for a TTL and five seconds")
			}
		})
	})
}

// quiet ends all trouble and waits for as long as a call may take that is under way, and a rest.
func (w *world) quiet(names []string) {
	w.isTrouble(nil)
	for _, name := range names {
		w.isolate(name, false)
	}
	pass(10 * time.Second)
}
