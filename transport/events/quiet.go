package events

import (
	"log/slog"
	"maps"
	"slices"

	"github.com/ThreeDotsLabs/watermill"
)

// levelHandled is the level of the line that says an event was handled.
const levelHandled = slog.LevelDebug

// quiet keeps little of watermill's log, at debug level: what matters of it, this package says itself and with more.
type quiet struct{ log *slog.Logger }

// Error is of handlers, whose refusals this package logs itself.
func (q quiet) Error(msg string, err error, f watermill.LogFields) {
	q.Info(msg, f.Add(watermill.LogFields{"err": err}))
}

func (q quiet) Info(msg string, f watermill.LogFields) {
	q.log.Debug("watermill", append(attrs(f), "says", msg)...)
}

func (quiet) Debug(string, watermill.LogFields) {}
func (quiet) Trace(string, watermill.LogFields) {}

func (q quiet) With(f watermill.LogFields) watermill.LoggerAdapter {
	return quiet{q.log.With(attrs(f)...)}
}

func attrs(f watermill.LogFields) []any {
	out := make([]any, 0, 2*len(f))
	for _, name := range slices.Sorted(maps.Keys(f)) {
		out = append(out, name, f[name])
	}
	return out
}

var _ watermill.LoggerAdapter = quiet{}
