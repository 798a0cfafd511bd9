package main

import (
	"log/slog"

	"github.com/coreos/go-systemd/v22/daemon"
)

// tellManager tells the service manager how the node stands (sd_notify(3)), where one wants to know: with Type=notify it
// takes nobody for started who has not said READY=1.
func tellManager(log *slog.Logger, state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		log.Warn("service manager not told", "state", state, "err", err)
	}
}
