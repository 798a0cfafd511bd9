package eventstest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"holon/transport/contract"
	"holon/transport/events"
)

// Machine does what a shop, an operator and bad luck do, in any order, and then lets everything come to its end: every
// committed sale must have had its effect once, and once more for every replay that took it, and each key's effects the
// order of its versions. It can run in a bubble of testing/synctest when the backend can.
func Machine(t *testing.T, s Setup) {
	rapid.Check(bubbled{t}, func(r *rapid.T) {
		m := newMachine(t, s)
		r.Cleanup(func() { m.leave(m.w) })
		r.Repeat(map[string]func(*rapid.T){
			"sell": m.sell, "sell more": m.sell, "sell yet more": m.sell, "undo": m.undo,
			"wait": m.wait, "wait more": m.wait, "close or open": m.closeOrOpen, "retry": m.retry, "replay": m.replay,
			"restart": m.restart, "crash": m.crash, // which is what takes the time
		})
		m.drain(r)
		m.check(r)
	})
}

// bubbled hides that it is a *testing.T, whose deadline must not be asked for in a bubble.
type bubbled struct{ *testing.T }

// machine is a world with what is known of it.
type machine struct {
	t     *testing.T
	w     *world
	fates *fates
	// versions are the keys' latest, committed the sales that must be in shop's log, in its order.
	versions  map[string]int64
	committed []sale
	// poisoned are those that may have been parked.
	poisoned map[sale]bool
	// replays count the replays of each event.
	replays  map[string]int
	replayed int
}

func newMachine(t *testing.T, s Setup) *machine {
	m := &machine{t: t, fates: newFates(), versions: make(map[string]int64), poisoned: make(map[sale]bool), replays: make(map[string]int)}
	m.enter(newWorld(t, s))
	m.w.subscribe(t)
	return m
}

// enter has a world that was just opened run under the fates, without its intake.
func (m *machine) enter(w *world) {
	m.w = w
	w.refuse = m.fates.handle
	w.publisher = func(p message.Publisher) message.Publisher { return fateful{p, m.fates, w.setup.Judges} }
	w.boxes = nil
	w.box(m.t)
	w.relay(m.t)
}

// leave ends a world for good.
func (m *machine) leave(w *world) {
	w.stop()
	w.shop.Close(m.t)
	w.till.Close(m.t)
	require.NoError(m.t, os.RemoveAll(w.dir))
}

// draw returns a transaction's sales, and sets their fates.
func (m *machine) draw(r *rapid.T) (topics []contract.Topic[sale], sales []sale) {
	versions := make(map[string]int64)
	for range rapid.IntRange(1, 3).Draw(r, "sales") {
		s := sale{Key: rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(r, "key")}
		versions[s.Key]++
		s.Version = m.versions[s.Key] + versions[s.Key]
		topics = append(topics, rapid.SampledFrom([]contract.Topic[sale]{sold, repaid}).Draw(r, "topic"))
		sales = append(sales, s)
		switch rapid.IntRange(0, 5).Draw(r, "luck") {
		case 0:
			m.poisoned[s] = true
			m.fates.set(s, slices.Repeat([]fate{refused}, len(m.w.settings.Retry)+1))
		case 1, 2:
			m.fates.set(s, rapid.SliceOfN(rapid.SampledFrom(anyFate()), 1, 3).Draw(r, "fates"))
		}
	}
	return topics, sales
}

// announce announces sales in one transaction, which ends with the given error.
func (m *machine) announce(topics []contract.Topic[sale], sales []sale, end error) error {
	return m.w.shop.Update(m.t.Context(), func(ctx context.Context) error {
		for i, s := range sales {
			if err := m.w.boxes[0].Announce(ctx, topics[i].Fact(s)); err != nil {
				return err
			}
		}
		return end
	})
}

func (m *machine) sell(r *rapid.T) {
	topics, sales := m.draw(r)
	require.NoError(r, m.announce(topics, sales, nil))
	for _, s := range sales {
		m.versions[s.Key] = s.Version
	}
	m.committed = append(m.committed, sales...)
}

func (m *machine) undo(r *rapid.T) {
	undone := errors.New("undone")
	topics, sales := m.draw(r)
	require.ErrorIs(r, m.announce(topics, sales, undone), undone)
}

func (m *machine) wait(r *rapid.T) {
	<-time.After(time.Duration(rapid.IntRange(0, 50).Draw(r, "ms")) * time.Millisecond)
}

// crash is in the midst of whatever goes on.
func (m *machine) crash(*rapid.T) {
	old := m.w
	open := old.intake != nil
	m.enter(old.crash(m.t))
	if open {
		m.w.subscribe(m.t)
	}
	m.leave(old)
}

// restart ends the relay as a node does that stops, and starts another.
func (m *machine) restart(*rapid.T) {
	m.w.boxes[0].Stop()
	m.w.boxes = nil
	m.w.box(m.t)
	m.w.relay(m.t)
}

func (m *machine) closeOrOpen(*rapid.T) {
	if m.w.intake == nil {
		m.w.subscribe(m.t)
		return
	}
	m.w.intake.Stop()
	m.w.intake = nil
}

func (m *machine) retry(r *rapid.T) {
	state := rapid.SampledFrom([]events.State{events.Parked, events.Retrying, ""}).Draw(r, "state")
	_, err := m.w.boxes[0].Retry(m.t.Context(), events.Filter{State: state})
	require.NoError(r, err)
}

func (m *machine) replay(r *rapid.T) {
	f := events.Filter{
		Key:   rapid.SampledFrom([]string{"", "a", "b"}).Draw(r, "key"),
		Topic: rapid.SampledFrom([]string{"", sold.Name}).Draw(r, "topic"),
	}
	took := 0
	for _, e := range m.w.sales(r) {
		if (f.Key == "" || f.Key == e.Key) && (f.Topic == "" || f.Topic == e.Topic) {
			m.replays[e.ID]++
			took++
		}
	}
	m.replayed++
	n, err := m.w.boxes[0].Replay(m.t.Context(), ledger.Name, fmt.Sprint("replay-", m.replayed), f)
	require.NoError(r, err)
	require.Equal(r, took, n)
}

// drain lets everything end well.
func (m *machine) drain(r *rapid.T) {
	m.fates.end()
	if m.w.intake == nil {
		m.w.subscribe(m.t)
	}
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		backlog, err := m.w.shop.Backlog(m.t.Context())
		require.NoError(r, err)
		open, parked := 0, 0
		for _, b := range backlog {
			open, parked = open+b.Open, parked+b.Parked
		}
		switch {
		case parked > 0:
			_, err := m.w.boxes[0].Retry(m.t.Context(), events.Filter{State: events.Parked})
			require.NoError(r, err)
		case open == 0:
			return
		}
		<-time.After(pause)
	}
}

func (m *machine) check(r *rapid.T) {
	var sales []sale
	first := make(map[string]*events.Event) // posting by cause
	times := make(map[string]int)
	postings := m.w.postings(r)
	for i, p := range postings {
		times[p.Cause]++
		if first[p.Cause] == nil {
			first[p.Cause] = &postings[i]
		}
	}
	last := make(map[string]string)
	for _, e := range m.w.sales(r) {
		s := sale{e.Key, e.Version}
		sales = append(sales, s)
		require.Equal(r, 1+m.replays[e.ID], times[e.ID], "effects of %v", s)
		delete(times, e.ID)
		if m.w.setup.KeyOrder && !m.poisoned[s] {
			require.Greater(r, first[e.ID].ID, last[e.Key], "%v is out of order", s)
			last[e.Key] = first[e.ID].ID
		}
	}
	require.Equal(r, m.committed, sales)
	require.Empty(r, times, "effects of what was never committed")
}
