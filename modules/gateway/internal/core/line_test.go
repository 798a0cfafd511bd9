package core_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/core"
	"holon/modules/modulestest"
	"holon/transport/status"
)

func TestManyUsesAskOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(1)
		d.will(time.Second, nil)
		p := newPrograms(t, d, 8)
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() {
				if _, err := use(t.Context(), p, 1); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		require.Equal(t, 1, d.questions())
	})
}

// There are no more questions at once than allowed, and who finds no room waits as long as the own request lasts.
func TestQuestionsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		numbers := make([]int, 90)
		for i := range numbers {
			numbers[i] = i
		}
		d := newDesk(numbers...)
		d.will(time.Second, nil)
		p := newPrograms(t, d, 8) // 6 of them for keys that are new
		ctx, cancel := context.WithTimeout(t.Context(), 10500*time.Millisecond)
		defer cancel()
		var served, turnedAway atomic.Int32
		var all sync.WaitGroup
		for _, n := range numbers {
			all.Go(func() {
				switch took, err := use(ctx, p, n); {
				case err == nil:
					served.Add(1)
				case status.CodeOf(err) != status.Unavailable || took != 10500*time.Millisecond:
					t.Errorf("after %s: %v", took, err)
				default:
					turnedAway.Add(1)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 60, served.Load())
		require.EqualValues(t, 30, turnedAway.Load())
		most, _ := d.atOnce()
		require.Equal(t, 6, most)
		pass(time.Second)
		_, _, pending := p.Remembered()
		require.Zero(t, pending)
	})
}

// Who made up keys by the thousand takes nothing away from those who have one: neither memory, nor their places among
// the remembered, nor time.
func TestFloodOfMadeUpKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(1, 2, 3)
		d.will(20*time.Millisecond, nil)
		p := newPrograms(t, d, 8)
		for _, n := range []int{1, 2, 3} {
			_, err := use(t.Context(), p, n)
			require.NoError(t, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var all sync.WaitGroup
		made := 1000
		for range 1000 { // 10 s, 1,000 keys a second, of which 300 find an answer
			for range 10 {
				made++
				n := made
				all.Go(func() {
					once, stop := context.WithTimeout(ctx, 100*time.Millisecond)
					defer stop()
					if _, err := use(once, p, n); err == nil {
						t.Error("a made-up key is good")
					}
				})
			}
			for _, n := range []int{1, 2, 3} {
				took, err := use(t.Context(), p, n)
				require.NoError(t, err)
				require.Zero(t, took)
			}
			good, refused, pending := p.Remembered()
			require.LessOrEqual(t, good, 6)
			require.LessOrEqual(t, refused, 2*4096)
			require.LessOrEqual(t, pending, 150)
			pass(10 * time.Millisecond)
		}
		all.Wait()
		most, _ := d.atOnce()
		require.LessOrEqual(t, most, 8)
		require.InDelta(t, 10/2.5, d.about(1), 2)
	})
}

func TestRefusedKeysAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPrograms(t, newDesk(1), 8)
		_, err := use(t.Context(), p, 1)
		require.NoError(t, err)
		for i := range 20_000 {
			_, err := use(t.Context(), p, 1000+i)
			require.Error(t, err)
		}
		good, refused, pending := p.Remembered()
		require.Equal(t, 1, good)
		require.LessOrEqual(t, refused, 2*4096)
		require.Zero(t, pending)
	})
}

// Good keys are bounded, too, and those in use stay.
func TestGoodKeysAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(1)
		p := newPrograms(t, d, 8)
		for i := range 2000 {
			d.issue(1000+i, time.Time{})
			for _, n := range []int{1, 1000 + i} {
				_, err := use(t.Context(), p, n)
				require.NoError(t, err)
			}
		}
		good, _, _ := p.Remembered()
		require.LessOrEqual(t, good, 200)
		require.Equal(t, 1, d.about(1))
	})
}

// A key that is renewed takes no place but its own.
func TestRenewalPushesNobodyOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(1, 2)
		p := runs(t, core.NewPrograms(core.ProgramsParams{Users: d, Remembered: 1, Questions: 4, Log: discard, Now: time.Now}))
		for i, after := range []time.Duration{0, time.Second, 1500 * time.Millisecond, 0} { // 1 is renewed in its second use
			pass(after)
			_, err := use(t.Context(), p, 1+i%2)
			require.NoError(t, err)
			synctest.Wait()
		}
		require.Equal(t, 2, d.about(1))
		require.Equal(t, 1, d.about(2))
	})
}

// A key that finds nobody free to ask for it is asked for by a later use.
func TestRenewalThatFindsNoRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(1, 2, 3)
		p := newPrograms(t, d, 2)
		for range 2000 {
			for n := range 3 {
				took, err := use(t.Context(), p, n+1)
				require.NoError(t, err)
				require.Zero(t, took)
			}
			d.will(500*time.Millisecond, nil)
			pass(10 * time.Millisecond)
		}
		require.InDelta(t, 3*20/2.5, d.questions(), 6)
	})
}

// Who stands in line for a key may go; others who wait for the same key are asked for nonetheless.
func TestWhoAskedFirstMayGo(t *testing.T) {
	t.Parallel()
	for what, patience := range map[string]time.Duration{"in line": 500 * time.Millisecond, "in the middle of the question": 2500 * time.Millisecond} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(1, 2)
				d.will(2*time.Second, nil)
				p := newPrograms(t, d, 2) // one of them for keys that are new
				go func() { _, _ = use(t.Context(), p, 1) }()
				synctest.Wait()
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				first := make(chan error)
				go func() { _, err := use(ctx, p, 2); first <- err }()
				synctest.Wait()
				second := make(chan error)
				go func() { _, err := use(t.Context(), p, 2); second <- err }()
				modulestest.Refused(t, <-first, status.Unavailable, "api_keys_unchecked")
				require.NoError(t, <-second)
				require.Equal(t, 1, d.about(2))
			})
		})
	}
}

func TestStopEndsQuestions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(1, 2, 3)
		d.will(2*time.Second, nil)
		p := newPrograms(t, d, 2)
		waiting := make(chan error)
		for n := range 3 {
			go func() { _, err := use(t.Context(), p, n+1); waiting <- err }()
		}
		synctest.Wait()
		began := time.Now()
		p.Stop()
		for range 3 {
			modulestest.Refused(t, <-waiting, status.Unavailable, "api_keys_unchecked")
		}
		_, err := use(t.Context(), p, 1)
		modulestest.Refused(t, err, status.Unavailable, "api_keys_unchecked")
		require.Zero(t, time.Since(began))
		_, _, pending := p.Remembered()
		require.Zero(t, pending)
	})
}

// Many keys, many users, a small memory and revocations: nobody is taken for another.
func TestProgramsUsedAtOnce(t *testing.T) {
	t.Parallel()
	d := newDesk()
	for n := range 300 {
		d.issue(n, time.Time{})
	}
	p := newPrograms(t, d, 8)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 2000 {
				n := (worker*37 + i) % 300
				if _, err := use(t.Context(), p, n); err != nil && n%3 != 0 {
					t.Error(fmt.Errorf("key %d: %w", n, err))
				}
				if i%50 == 0 {
					d.revoke(n / 3 * 3)
				}
			}
		})
	}
	all.Wait()
}
