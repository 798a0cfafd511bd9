package events

import (
	"sync"
	"time"
)

// tellEvery is how often an operator is told at most of something that goes on failing.
const tellEvery = time.Minute

// trouble is something that fails again and again. An operator is told when it begins, once in a while as long as it
// lasts, and when it is over: a line for every try would bury all others just when somebody reads them.
type trouble struct {
	mu sync.Mutex
	// since is when it began, zero while all is well; err is how it failed last.
	since time.Time
	err   error
	// told is when an operator was told last that it is there, known whether of this time.
	told  time.Time
	known bool
}

// again notes a failure and reports whether to tell of it.
func (t *trouble) again(err error) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if t.err = err; t.since.IsZero() {
		t.since = now
	}
	if !t.told.IsZero() && now.Sub(t.told) < tellEvery {
		return false
	}
	t.told, t.known = now, true
	return true
}

// over notes that it went well, and returns how long it had not and whether to tell of that.
func (t *trouble) over() (lasted time.Duration, tell bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.since.IsZero() {
		return 0, false
	}
	lasted, tell = time.Since(t.since).Round(time.Millisecond), t.known
	t.since, t.err, t.known = time.Time{}, nil, false
	return lasted, tell
}

// last returns how it failed last and since when it does, nil while all is well.
func (t *trouble) last() (since time.Time, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.since, t.err
}
