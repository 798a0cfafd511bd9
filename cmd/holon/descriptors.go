package main

import (
	"fmt"
	"log/slog"
	"syscall"
)

// ownDescriptors are kept back for what a node opens for itself: databases with their journals, the admin and health
// ports with their connections, the log, the standard streams.
const ownDescriptors = 192

// leastConns is how many public connections a node is of any use with.
const leastConns = 64

// roomForConns returns how many public connections the process may have open: those that were asked for, or what its
// limit of open files leaves. Beyond it connections wait in the socket; without a bound the node could not open its own
// files any more. Kept is how many are for others. Go has raised the limit to the hard one already.
func roomForConns(log *slog.Logger, asked, kept int) (int, error) {
	files, err := openFiles()
	if err != nil {
		return 0, err
	}
	return connsWithin(log, asked, files-min(uint64(kept), files))
}

func openFiles() (uint64, error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, fmt.Errorf("ask for the limit of open files: %w", err)
	}
	return limit.Cur, nil
}

// mostGatewayConns is how many connections of gateways a node takes for its handlers, where its limit of open files leaves so
// many: a quarter of that is theirs.
const mostGatewayConns = 4096

func roomForGateways() (int, error) {
	files, err := openFiles()
	if err != nil || files <= ownDescriptors {
		return 1, err
	}
	return int(min(mostGatewayConns, (files-ownDescriptors)/4+1)), nil
}

func connsWithin(log *slog.Logger, asked int, files uint64) (int, error) {
	if files >= uint64(asked)+ownDescriptors {
		return asked, nil
	}
	if files < ownDescriptors+leastConns {
		return 0, failed("raise it: ulimit -n 65536   (LimitNOFILE= in a systemd unit)",
			"the process may open %d files, and a node needs %d at the least", files, ownDescriptors+leastConns)
	}
	room := int(files - ownDescriptors)
	log.Warn("fewer connections than configured: the process may not open more files", "connections", room,
		"gateway.max_connections", asked, "open_files_limit", files, "hint", "ulimit -n, or LimitNOFILE= in a systemd unit")
	return room, nil
}
