package storage_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"holon/modules/storage"
)

// plan is one write of the model: the keys it inserts, and how it ends.
type plan struct {
	Keys []int
	// Swallow makes it go on after a key that was taken.
	Swallow bool
	// End is "", "error", "panic", or "cancel", which ends the caller's context at some moment.
	End string
}

func drawPlan(t *rapid.T) plan {
	return plan{
		Keys:    rapid.SliceOfN(rapid.IntRange(0, 15), 0, 4).Draw(t, "keys"),
		Swallow: rapid.Bool().Draw(t, "swallow"),
		End:     rapid.SampledFrom([]string{"", "", "", "error", "panic", "cancel"}).Draw(t, "end"),
	}
}

// TestWritersAgainstModel lets writers that fail in all ways run at once, and expects exactly the rows of those that
// were told committed, also after the store was closed and opened again.
func TestWritersAgainstModel(t *testing.T) {
	t.Parallel()
	dir, run := t.TempDir(), 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		p := params(filepath.Join(dir, fmt.Sprint(run)))
		want := map[string]string{}
		for round := range rapid.IntRange(1, 2).Draw(r, "rounds") {
			writers := rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(drawPlan), 1, 4), 1, 8).Draw(r, "writers")
			s := newStore(t, p)
			require.NoError(r, s.Open(t.Context()))
			for id, body := range runPlans(r, t.Context(), s, round, writers) {
				require.NotContains(r, want, id)
				want[id] = body
			}
			require.Equal(r, want, s.all(r, t.Context()))
			require.NoError(r, s.Close(t.Context()))
		}
	})
}

// runPlans runs each writer's plans in a goroutine of its own and returns the rows that must be there.
func runPlans(t *rapid.T, ctx context.Context, s store, round int, writers [][]plan) map[string]string {
	var mu sync.Mutex
	var wg sync.WaitGroup
	want := map[string]string{}
	for w, plans := range writers {
		wg.Go(func() {
			for n, p := range plans {
				body := fmt.Sprintf("round %d writer %d plan %d", round, w, n)
				wrote, err := runPlan(ctx, s, p, body)
				mu.Lock()
				if err != nil && !expected(p, err) {
					t.Errorf("plan %+v: %v", p, err)
				}
				if err == nil {
					for _, id := range wrote {
						if other, taken := want[id]; taken {
							t.Errorf("key %s was given twice, before by %s", id, other)
						}
						want[id] = body
					}
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return want
}

// runPlan returns the keys that the plan's function saw inserted.
func runPlan(ctx context.Context, s store, p plan, body string) (wrote []string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if p.End == "cancel" {
		go cancel()
	}
	err = s.Write(ctx, func(ctx context.Context, q *notes) error {
		for _, key := range p.Keys {
			id := fmt.Sprint(key)
			err := q.Insert(ctx, id, body)
			switch {
			case err == nil:
				wrote = append(wrote, id)
			case !p.Swallow || !storage.IsUnique(err):
				return err
			}
		}
		switch p.End {
		case "error":
			return errOwn
		case "panic":
			panic("planned")
		}
		return nil
	})
	return wrote, err
}

// expected reports whether a plan may end with err.
func expected(p plan, err error) bool {
	switch {
	case storage.IsUnique(err):
		return !p.Swallow
	case errors.Is(err, errOwn):
		return p.End == "error"
	case errors.Is(err, context.Canceled):
		return p.End == "cancel"
	default:
		return p.End == "panic" && strings.Contains(err.Error(), "planned")
	}
}
