package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/lmittmann/tint"
	"github.com/mattn/go-isatty"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/fx/fxevent"

	"holon/configs"
)

// newLogger writes text for people and JSON for programs, to standard error either way. The level may change later.
func newLogger(w io.Writer, l configs.Log, env []string) (*slog.Logger, *logLevel, error) {
	var log *slog.Logger
	level := &logLevel{ended: func(own slog.Level) { log.Warn("the log level is again as it was", "level", levelName(own)) }}
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		return nil, nil, err
	}
	var h slog.Handler = slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: readable})
	if textLog(w, l) {
		h = tint.NewTextHandler(w, &tint.Options{Level: level, TimeFormat: time.TimeOnly, NoColor: !colour(w, env)})
	}
	log = slog.New(traced{h})
	return log, level, nil
}

// readable writes durations as people and the configuration do: 1.5s, not nanoseconds.
func readable(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.StringValue(a.Value.Duration().String())
	}
	return a
}

// textLog reports whether the log is for people.
func textLog(w io.Writer, l configs.Log) bool {
	return l.Format == "text" || l.Format == "auto" && isTerminal(w)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

// colour follows no-color.org and leaves pipes alone.
func colour(w io.Writer, env []string) bool {
	set := func(e string) bool { return len(e) > len("NO_COLOR=") && e[:len("NO_COLOR=")] == "NO_COLOR=" }
	return isTerminal(w) && !slices.ContainsFunc(env, set)
}

// traced adds the trace of the context to every line, so that a problem's trace_id finds its log.
type traced struct{ slog.Handler }

func (t traced) Handle(ctx context.Context, r slog.Record) error {
	if id := trace.SpanContextFromContext(ctx).TraceID(); id.IsValid() {
		r.AddAttrs(slog.String("trace_id", id.String()))
	}
	return t.Handler.Handle(ctx, r)
}

func (t traced) WithAttrs(a []slog.Attr) slog.Handler { return traced{t.Handler.WithAttrs(a)} }
func (t traced) WithGroup(name string) slog.Handler   { return traced{t.Handler.WithGroup(name)} }

// quietFx puts fx's own lines at debug, its errors too: they come back from Start and Stop and are told once.
func quietFx(log *slog.Logger) fxevent.Logger {
	l := &fxevent.SlogLogger{Logger: slog.New(shortFx{log.Handler()})}
	l.UseLogLevel(slog.LevelDebug)
	l.UseErrorLevel(slog.LevelDebug)
	return l
}

// shortFx leaves out the stack that fx adds to every line: what is wired where is in the code.
type shortFx struct{ slog.Handler }

func (f shortFx) Handle(ctx context.Context, r slog.Record) error {
	short := slog.NewRecord(r.Time, r.Level, "fx "+r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if a.Key != "stacktrace" && a.Key != "moduletrace" {
			short.AddAttrs(a)
		}
		return true
	})
	return f.Handler.Handle(ctx, short)
}
