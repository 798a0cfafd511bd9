package main

import (
	"log/slog"

	"go.uber.org/dig"
)

// plainly leaves of an error of wiring what is wrong. The way there, through constructors that nobody wrote by hand, is
// for the log at debug level.
func plainly(err error, log *slog.Logger) error {
	if err == nil {
		return nil
	}
	log.Debug("wiring failed", "err", err)
	return dig.RootCause(err)
}
