package cluster

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"
)

const (
	// lineQueue is how many lines wait for a slow log; more are dropped, because who writes them holds memberlist's locks.
	lineQueue = 64
	// maxClasses bounds the kinds of lines that are told apart.
	maxClasses = 64
	// firstHush and longHush are how long a kind of line is silent after one was written; it doubles while lines keep coming.
	firstHush, longHush = time.Second, 10 * time.Minute
	// quiet is for how many times its hush nothing must have come for a kind to be news again.
	quiet = 10
)

// lines takes log lines, memberlist's among them, and writes each kind seldom: what a peer can cause it can cause without
// end. Nothing here waits for the log.
type lines struct {
	log     *slog.Logger
	metrics *Metrics
	queue   chan line
	group   sync.WaitGroup

	mu    sync.Mutex
	kinds map[string]*hush
	ended bool
}

type line struct {
	level   slog.Level
	message string
	attrs   []any
}

type hush struct {
	until      time.Time
	length     time.Duration
	suppressed int
}

func newLines(log *slog.Logger, m *Metrics) *lines {
	return &lines{log: log, metrics: m, queue: make(chan line, lineQueue), kinds: make(map[string]*hush)}
}

func (l *lines) start() {
	l.group.Go(func() {
		for e := range l.queue {
			l.log.Log(context.Background(), e.level, e.message, e.attrs...) //nolint:sloglint // all messages are constants
		}
	})
}

// stop returns when all lines are written; later ones are dropped.
func (l *lines) stop() {
	l.mu.Lock()
	if !l.ended {
		l.ended = true
		close(l.queue)
	}
	l.mu.Unlock()
	l.group.Wait()
}

func (l *lines) info(kind, message string, attrs ...any) {
	l.add(kind, line{slog.LevelInfo, message, attrs})
}

func (l *lines) warn(kind, message string, attrs ...any) {
	l.add(kind, line{slog.LevelWarn, message, attrs})
}

func (l *lines) add(kind string, e line) {
	if !l.log.Enabled(context.Background(), e.level) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	suppressed, ok := l.pass(kind, time.Now())
	if !ok || l.ended {
		return
	}
	if suppressed > 0 {
		e.attrs = append(e.attrs, "suppressed", suppressed)
	}
	select {
	case l.queue <- e:
	default:
	}
}

// pass decides whether a line of a kind is written now, and how many were not since the last one.
func (l *lines) pass(kind string, now time.Time) (suppressed int, ok bool) {
	h := l.kinds[kind]
	if h == nil {
		if len(l.kinds) >= maxClasses {
			kind = "others"
		}
		if h = l.kinds[kind]; h == nil {
			h = &hush{length: firstHush}
			l.kinds[kind] = h
		}
	}
	if now.Before(h.until) {
		h.suppressed++
		return 0, false
	}
	switch {
	case h.until.IsZero(), now.Sub(h.until) > quiet*h.length:
		h.length = firstHush
	default:
		h.length = min(2*h.length, longHush)
	}
	suppressed, h.suppressed = h.suppressed, 0
	h.until = now.Add(h.length)
	return suppressed, true
}

// garbage are the beginnings of memberlist's words for what cannot be a message of a node.
var garbage = regexp.MustCompile(`(?i)^(failed to (receive|decode|read remote|decompress)|received invalid|msg type|missing message|` +
	`got invalid checksum|decrypt packet|discarding|unable to decode|unexpected double|.*label)`)

// variable is what differs between lines of one kind.
var variable = regexp.MustCompile(`\S*[0-9~@:'"(\[]\S*`)

// Write takes a line of memberlist's logger: "[LEVEL] memberlist: text".
func (l *lines) Write(b []byte) (int, error) {
	level, text := slog.LevelInfo, strings.TrimSpace(string(b[:min(len(b), 500)]))
	if word, rest, ok := strings.Cut(strings.TrimPrefix(text, "["), "] "); ok && text[0] == '[' {
		level, text = levelOf(word), strings.TrimPrefix(rest, "memberlist: ")
	}
	if level >= slog.LevelWarn && garbage.MatchString(text) {
		l.metrics.refused.WithLabelValues(reasonGarbage).Inc()
	}
	// Of refused nodes this package speaks itself, and with fewer words.
	if !strings.HasPrefix(text, "ignoring alive message") {
		kind := strings.Join(strings.Fields(variable.ReplaceAllString(text, "")), " ")
		l.add("gossip "+kind[:min(len(kind), 40)], line{level, "gossip", []any{"detail", text}})
	}
	return len(b), nil
}

func levelOf(word string) slog.Level {
	switch word {
	case "ERR", "ERROR", "WARN":
		return slog.LevelWarn
	case "DEBUG":
		return slog.LevelDebug
	default:
		return slog.LevelInfo
	}
}
