package main

import (
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// gcPercent lets the heap grow to three times what is alive before it is collected. A node keeps little alive, some MiB,
// so that Go's default, twice, collects dozens of times a second under load, for a tenth of all CPU time.
const gcPercent = 200

// outsideHeap is memory, in bytes, that the collector knows nothing of: the program's text and the page caches of the
// databases (storage's connect.go), which grow with the data.
const outsideHeap = 96 << 20

// leastMemory is what a node needs beside the passwords it hashes, and hashMemory what each of those takes, in bytes.
const (
	leastMemory = 64 << 20
	hashMemory  = 19 << 20
)

// easeMemory sets how the collector works, unless GOGC and GOMEMLIMIT do: below a limit of the cgroup it collects more
// as the limit comes near, instead of being killed beyond it.
//
// hashes is how many passwords may be hashed at once.
func easeMemory(log *slog.Logger, limit memlimit.Provider, hashes int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	bytes, err := limit()
	if err != nil {
		log.Debug("no memory limit found", "err", err) // none, or no cgroup to ask
		return
	}
	if least := uint64(leastMemory + hashes*hashMemory); bytes < least {
		log.Warn("little memory: a busy node may be killed for using more than it may", "limit_bytes", bytes, "needs_bytes", least,
			"hint", "raise the limit, or set user.hashes to hash fewer passwords at once, "+strconv.Itoa(hashMemory>>20)+" MiB each")
	}
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	heap := heapLimit(bytes)
	debug.SetMemoryLimit(heap)
	log.Debug("memory limit set", "limit", bytes, "heap", heap)
}

// forgetStart gives back what only the start needed: the parser of migrations alone keeps 16 MiB in a pool, which two
// collections empty.
func forgetStart() {
	runtime.GC()
	debug.FreeOSMemory()
}

// heapLimit leaves of a limit nine tenths less what is outside of the heap, and half of it at the least: a limit that
// cannot be kept has the collector run without end.
func heapLimit(limit uint64) int64 {
	const most = 1 << 62 // what some systems say for no limit
	all := int64(min(limit, most))
	return max(all/10*9-outsideHeap, all/2)
}
