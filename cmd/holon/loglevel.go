package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"holon/transport/status"
)

// logLevel is the level of the log, which may change while the node runs.
type logLevel struct {
	slog.LevelVar

	mu sync.Mutex
	// back ends a loan: it sets own, the level from before it, at until.
	back  *time.Timer
	own   slog.Level
	until time.Time
	// ended is told when a loan is over, with the level from now on; it may be nil.
	ended func(slog.Level)
}

// maxLoan bounds for how long a level can be borrowed.
const maxLoan = 24 * time.Hour

// levelChange is what the verb log-level asks for.
type levelChange struct {
	Level string `json:"level"`
	// Seconds is after how long the level is again what it was; 0 means never.
	Seconds float64 `json:"seconds,omitempty"`
}

// levelState is a level as /status shows it. Until and Then tell when it ends and what follows.
type levelState struct {
	Level string     `json:"level"`
	Until *time.Time `json:"until,omitempty"`
	Then  string     `json:"then,omitempty"`
}

// change sets the level, for a while or for good when that is 0. After several loans comes the level from before the
// first.
func (l *logLevel) change(level slog.Level, loan time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.back == nil {
		l.own = l.Level()
	} else {
		l.back.Stop() // one that runs already finds that it is not the last
	}
	l.Set(level)
	l.back, l.until = nil, time.Time{}
	if loan == 0 {
		return
	}
	l.until = time.Now().Add(loan).UTC().Truncate(time.Second)
	var timer *time.Timer
	timer = time.AfterFunc(loan, func() {
		l.mu.Lock()
		last := l.back == timer
		if last {
			l.Set(l.own)
			l.back, l.until = nil, time.Time{}
		}
		own := l.own
		l.mu.Unlock()
		if last && l.ended != nil {
			l.ended(own)
		}
	})
	l.back = timer
}

// settle ends a loan for good; a node that stops leaves no timer behind.
func (l *logLevel) settle() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.back != nil {
		l.back.Stop()
		l.back = nil
	}
}

func (l *logLevel) state() levelState {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := levelState{Level: levelName(l.Level())}
	if l.back != nil {
		until := l.until
		s.Until, s.Then = &until, levelName(l.own)
	}
	return s
}

func levelName(l slog.Level) string { return strings.ToLower(l.String()) }

// changeLevel is the verb.
func (n *node) changeLevel(_ context.Context, body []byte) (any, error) {
	var r levelChange
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, status.New(status.Malformed, "", "the body is not JSON: %v", err)
	}
	var level slog.Level
	loan := time.Duration(r.Seconds * float64(time.Second))
	if r.Seconds > 0 {
		loan = max(loan, time.Millisecond) // 0 would be for good
	}
	switch err := level.UnmarshalText([]byte(r.Level)); {
	case err != nil || !isLevel(r.Level):
		return nil, status.New(status.Invalid, "", "%q is no level: debug, info, warn or error", r.Level)
	case loan < 0 || loan > maxLoan:
		return nil, status.New(status.Invalid, "", "a level can be set for up to %s", maxLoan)
	}
	n.in.Level.change(level, loan)
	return n.in.Level.state(), nil
}

func (n *node) showLevel(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, n.in.Level.state())
}
