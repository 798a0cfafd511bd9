package limit_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/limit"
)

// newLimit returns a limit of a hundred that has not moved yet.
func newLimit(t *testing.T, change func(*limit.Params)) *limit.Concurrency {
	t.Helper()
	p := limit.DefaultParams()
	p.Start = 100
	if change != nil {
		change(&p)
	}
	c, err := limit.NewConcurrency(p)
	require.NoError(t, err)
	return c
}

func noQueue(p *limit.Params) { p.Queue = 0 }

// fill acquires for a class until it is refused, and returns the tickets.
func fill(t *testing.T, c *limit.Concurrency, class limit.Class) []limit.Ticket {
	t.Helper()
	var tickets []limit.Ticket
	for {
		ticket, err := c.Acquire(t.Context(), class)
		if err != nil {
			require.ErrorAs(t, err, new(*limit.Refused))
			return tickets
		}
		tickets = append(tickets, ticket)
	}
}

func TestShareOfEachClass(t *testing.T) {
	t.Parallel()
	c := newLimit(t, noQueue)
	require.Len(t, fill(t, c, limit.Anonymous), 70)
	require.Len(t, fill(t, c, limit.Read), 15)
	require.Empty(t, fill(t, c, limit.Class(77)), "a class that there is none of")
	require.Len(t, fill(t, c, limit.Write), 10)
	require.Len(t, fill(t, c, limit.Critical), 5)
	s := c.Snapshot()
	require.Equal(t, 100, s.Limit)
	require.Equal(t, 100, s.InFlight)
	require.Equal(t, [limit.Classes]uint64{5, 10, 15, 70}, s.Admitted)
	require.Equal(t, [limit.Classes]uint64{1, 1, 1, 2}, s.Refused)
	require.Equal(t, uint64(5), s.Shed())
}

func TestRefused(t *testing.T) {
	t.Parallel()
	c := newLimit(t, noQueue)
	fill(t, c, limit.Critical)
	for class := range limit.Class(limit.Classes) {
		_, err := c.Acquire(t.Context(), class)
		var refused *limit.Refused
		require.ErrorAs(t, err, &refused)
		require.Equal(t, class, refused.Class)
		require.Equal(t, 100, refused.Limit)
		require.GreaterOrEqual(t, refused.RetryAfter, time.Second)
		require.Less(t, refused.RetryAfter, time.Duration(class+2)*time.Second)
	}
	_, err := c.Acquire(t.Context(), limit.Anonymous)
	require.EqualError(t, err, "anonymous request refused at a limit of 100 at once")
	require.Equal(t, "class 9", limit.Class(9).String())
}

func TestDoneOnce(t *testing.T) {
	t.Parallel()
	c := newLimit(t, nil)
	var none limit.Ticket
	none.Done(limit.Served)
	tickets := make([]limit.Ticket, 3)
	for i, o := range []limit.Outcome{limit.Served, limit.Dropped, limit.Ignored} {
		var err error
		tickets[i], err = c.Acquire(t.Context(), limit.Read)
		require.NoError(t, err)
		tickets[i].Done(o)
		tickets[i].Done(o)
	}
	s := c.Snapshot()
	require.Zero(t, s.InFlight)
	require.Equal(t, []uint64{1, 1, 1}, []uint64{s.Served, s.Dropped, s.Ignored})
}

// waiting is requests that wait, and the order in which they came to an end.
type waiting struct {
	t       *testing.T
	limit   *limit.Concurrency
	running sync.WaitGroup
	mu      sync.Mutex
	began   []string
	refused []string
}

// ask has a request wait.
func (w *waiting) ask(ctx context.Context, name string, class limit.Class) {
	w.running.Go(func() {
		_, err := w.limit.Acquire(ctx, class)
		w.mu.Lock()
		defer w.mu.Unlock()
		if err != nil {
			w.refused = append(w.refused, name)
		} else {
			w.began = append(w.began, name)
		}
	})
	synctest.Wait()
}

// free ends a request, so that another may begin.
func (w *waiting) free(tickets *[]limit.Ticket, n int) {
	for range n {
		(*tickets)[0].Done(limit.Ignored)
		*tickets = (*tickets)[1:]
		synctest.Wait()
	}
}

func TestWhoIsNext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &waiting{t: t, limit: newLimit(t, func(p *limit.Params) { p.Shares = [limit.Classes]float64{1, 1, 1, 1}; p.Queue = 5 })}
		tickets := make([]limit.Ticket, 100)
		for i := range tickets {
			tickets[i], _ = w.limit.Acquire(t.Context(), limit.Critical)
		}
		w.ask(t.Context(), "read 1", limit.Read)
		w.ask(t.Context(), "critical 1", limit.Critical)
		w.ask(t.Context(), "read 2", limit.Read)
		w.ask(t.Context(), "anonymous 1", limit.Anonymous)
		w.ask(t.Context(), "write 1", limit.Write)
		require.Equal(t, 5, w.limit.Snapshot().Queued)
		require.Empty(t, w.refused)
		w.ask(t.Context(), "anonymous 2", limit.Anonymous)
		require.Equal(t, []string{"anonymous 1"}, w.refused, "the oldest of the least important makes room")
		w.ask(t.Context(), "critical 2", limit.Critical)
		w.ask(t.Context(), "anonymous 3", limit.Anonymous)
		require.Equal(t, []string{"anonymous 1", "anonymous 2", "anonymous 3"}, w.refused, "and goes itself where all are more important")
		w.ask(t.Context(), "read 3", limit.Read)
		require.Equal(t, []string{"anonymous 1", "anonymous 2", "anonymous 3", "read 1"}, w.refused)
		w.free(&tickets, 5)
		require.Equal(t, []string{"critical 2", "critical 1", "write 1", "read 3", "read 2"}, w.began)
		w.running.Wait()
		require.Equal(t, [limit.Classes]uint64{0, 0, 1, 3}, w.limit.Snapshot().Refused)
	})
}

// Room for a less important class is not room for what waits of it as long as it is over its share.
func TestTheQueueKeepsShares(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &waiting{t: t, limit: newLimit(t, nil)}
		tickets := make([]limit.Ticket, 100)
		for i := range tickets {
			tickets[i], _ = w.limit.Acquire(t.Context(), limit.Critical)
		}
		w.ask(t.Context(), "anonymous", limit.Anonymous)
		w.ask(t.Context(), "read", limit.Read)
		w.free(&tickets, 15)
		require.Empty(t, w.began)
		w.free(&tickets, 1)
		require.Equal(t, []string{"read"}, w.began)
		w.free(&tickets, 15)
		require.Equal(t, []string{"read"}, w.began)
		w.free(&tickets, 1)
		require.Equal(t, []string{"read", "anonymous"}, w.began)
		w.running.Wait()
	})
}

func TestWaitingEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newLimit(t, nil)
		for range 100 {
			_, err := c.Acquire(t.Context(), limit.Critical)
			require.NoError(t, err)
		}
		start := time.Now()
		_, err := c.Acquire(t.Context(), limit.Critical)
		require.ErrorAs(t, err, new(*limit.Refused))
		require.Equal(t, 50*time.Millisecond, time.Since(start))

		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		start = time.Now()
		_, err = c.Acquire(ctx, limit.Critical)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 20*time.Millisecond, time.Since(start))
		s := c.Snapshot()
		require.Zero(t, s.Queued)
		require.Equal(t, uint64(1), s.Left)
		require.Equal(t, uint64(1), s.Shed())
	})
}

// Whatever happens at the same time, nothing is lost and the limit is kept.
func TestConcurrencyTogether(t *testing.T) {
	t.Parallel()
	c := newLimit(t, func(p *limit.Params) { p.Min, p.Start, p.Max, p.Queue, p.Wait = 4, 4, 4, 2, 100*time.Microsecond })
	var running sync.WaitGroup
	for i := range 8 {
		running.Go(func() {
			for n := range 2000 {
				ctx, cancel := context.WithCancel(t.Context())
				if n%7 == 0 {
					cancel()
				}
				ticket, err := c.Acquire(ctx, limit.Class(i%limit.Classes))
				if s := c.Snapshot(); s.InFlight > 4 || s.Queued > 2 {
					t.Errorf("%d in flight, %d queued", s.InFlight, s.Queued)
				}
				if err == nil {
					ticket.Done(limit.Outcome(n % 3))
				}
				cancel()
			}
		})
	}
	running.Wait()
	s := c.Snapshot()
	require.Zero(t, s.InFlight)
	require.Zero(t, s.Queued)
	var admitted uint64
	for _, n := range s.Admitted {
		admitted += n
	}
	require.Equal(t, admitted, s.Served+s.Dropped+s.Ignored)
	require.Equal(t, uint64(16_000), admitted+s.Shed()+s.Left)
}
