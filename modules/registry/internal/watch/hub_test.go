package watch_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/registry/internal/watch"
	"holon/transport/status"
)

// TestOneEncodingForMany holds that watchers get the same bytes, not equal ones.
func TestOneEncodingForMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		h := watch.New(s, "h")
		var all []*reader
		for range 3 {
			all = append(all, join(t, h))
		}
		synctest.Wait()
		s.set(1, 1)
		synctest.Wait()
		for _, r := range all {
			require.Equal(t, map[string]string{"1": "1"}, r.sees(t))
			require.Len(t, r.pieces, 1)
			require.Same(t, &all[0].pieces[0][0], &r.pieces[0][0])
		}
		require.Equal(t, 1, s.underWay(), "the registry is asked once for all of them")
		require.Equal(t, 3, h.Watchers())
		for _, r := range all {
			r.goAway()
		}
	})
}

// TestSlowWatchers holds that one that reads nothing holds up nobody, and gets all there is when it reads again.
func TestSlowWatchers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		h := watch.New(s, "h")
		slow, slower, quick := join(t, h), join(t, h), join(t, h)
		synctest.Wait()
		slow.stuck <- struct{}{}
		slower.stuck <- struct{}{}
		churn := func(from, to int) {
			for i := from; i <= to; i++ {
				s.set(i%7, i)
				pass(time.Millisecond)
			}
		}
		churn(1, 900)
		<-slow.stuck
		synctest.Wait()
		churn(901, 1500)
		<-slower.stuck
		synctest.Wait()
		for i, r := range []*reader{quick, slow, slower} {
			require.Equal(t, quick.sees(t), r.sees(t))
			snapshots, _ := r.counts()
			require.Equal(t, []int{1, 1, 2}[i], snapshots, "900 behind is not too far, 1500 is")
			r.goAway()
		}
	})
}

func TestResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		h := watch.New(s, "h")
		stays := join(t, h)
		comes := join(t, h)
		synctest.Wait()
		s.set(1, 1)
		synctest.Wait()
		comes.goAway()
		again := func(last string, snapshots int) *reader {
			r := newReader()
			if snapshots == 0 { // it remembers what it knew
				r.known, r.seq = map[string]string{"1": "1"}, comes.seq
			}
			r.join(t, h, last)
			synctest.Wait()
			got, _ := r.counts()
			require.Equal(t, snapshots, got, last)
			require.Equal(t, stays.sees(t), r.sees(t))
			return r
		}
		s.set(2, 1)
		s.set(1, 0)
		synctest.Wait()
		again(comes.id, 0).goAway()
		for _, bad := range []string{"", "x", "h-1", "h.1-", "h.1--1", "h.2-1", "h.1-99", "h.1-0", "other.1-2"} {
			again(bad, 1).goAway()
		}
		for i := range 1100 {
			s.set(3, i+1)
			synctest.Wait()
		}
		again(comes.id, 1).goAway()
		stays.goAway()
	})
}

// TestANewFeed holds that the registry is not asked while nobody watches, and that numbers of before mean nothing then.
func TestANewFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		h := watch.New(s, "h")
		s.set(1, 1)
		first := join(t, h)
		synctest.Wait()
		s.set(2, 1)
		synctest.Wait()
		require.Equal(t, map[string]string{"1": "1", "2": "1"}, first.sees(t))
		first.goAway()
		require.Zero(t, s.underWay())
		require.Zero(t, h.Watchers())
		calls := s.calls
		s.set(1, 0)
		pass(time.Minute)
		require.Equal(t, calls, s.calls)

		other := join(t, h)
		synctest.Wait()
		for i := range 5 {
			s.set(3, i+1)
			synctest.Wait()
		}
		back := newReader().join(t, h, first.id)
		synctest.Wait()
		require.Equal(t, map[string]string{"2": "1", "3": "5"}, back.sees(t))
		snapshots, _ := back.counts()
		require.Equal(t, 1, snapshots, "%s is of another feed", first.id)
		other.goAway()
		back.goAway()
	})
}

// TestSilenceIsBroken holds that who hears of no change hears something now and then, and who hears of many nothing else.
func TestSilenceIsBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		r := join(t, watch.New(s, "h"))
		pass(61 * time.Second)
		_, comments := r.counts()
		require.Equal(t, 4, comments)
		for i := range 60 {
			s.set(1, i+1)
			pass(time.Second)
		}
		_, comments = r.counts()
		require.Equal(t, 4, comments)
		r.sees(t)
		r.goAway()
	})
}

func TestTooManyWatchers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := watch.New(newSource(), "h")
		var all []*watch.Watcher
		for range 10_000 {
			w, err := h.Join()
			require.NoError(t, err)
			all = append(all, w)
		}
		_, err := h.Join()
		require.ErrorIs(t, err, status.New(status.Exhausted, "too_many_watchers", ""))
		all[0].Leave()
		all[0].Leave()
		w, err := h.Join()
		require.NoError(t, err)
		_, err = h.Join()
		require.Error(t, err, "who leaves twice leaves once")
		for _, w := range append(all, w) {
			w.Leave()
		}
		require.Zero(t, h.Watchers())
	})
}

// TestWatchersComeAndGo holds that whoever joins, whenever, sees all there is and each change behind it.
func TestWatchersComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		h := watch.New(s, "h")
		want := make(map[string]string)
		var watching []*reader
		for i := range 800 {
			switch {
			case i%11 == 0 && len(watching) > i%3:
				watching[0].goAway()
				watching[0].sees(t)
				watching = watching[1:]
			case i%5 == 0:
				watching = append(watching, join(t, h))
			default:
				id, version := i%13, i%4*i
				s.set(id, version)
				delete(want, fmt.Sprint(id))
				if version > 0 {
					want[fmt.Sprint(id)] = fmt.Sprint(version)
				}
			}
			if i%17 == 0 {
				pass(time.Millisecond)
			}
		}
		synctest.Wait()
		require.NotEmpty(t, watching)
		for _, r := range watching {
			require.Equal(t, want, r.sees(t))
			r.goAway()
		}
		require.Zero(t, s.underWay())
	})
}
