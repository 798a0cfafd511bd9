//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// spent is what a process has used.
type spent struct {
	cpu time.Duration
	// rss and peak are in KiB. wire is what calls of other nodes have sent and received, in bytes; gossip is not in it.
	rss, peak int
	wire      float64
}

func (u spent) String() string {
	return fmt.Sprintf("CPU %s, RSS %d MiB (at most %d MiB), %.1f MiB on the wire", u.cpu.Round(10*time.Millisecond), u.rss>>10, u.peak>>10, u.wire/(1<<20))
}

// add counts a life that has ended before this one.
func (u spent) add(before spent) spent {
	return spent{u.cpu + before.cpu, u.rss, max(u.peak, before.peak), u.wire + before.wire}
}

// spentBy looks at a process that runs. What cannot be seen is 0.
func spentBy(p *process) (u spent) {
	proc := fmt.Sprintf("/proc/%d/", p.cmd.Process.Pid)
	raw, _ := os.ReadFile(proc + "stat")
	_, behind, _ := strings.Cut(string(raw), ") ")
	if f := strings.Fields(behind); len(f) > 13 {
		user, _ := strconv.Atoi(f[11])
		system, _ := strconv.Atoi(f[12])
		u.cpu = time.Duration(user+system) * (time.Second / 100) // USER_HZ is 100 on all that Go runs on
	}
	raw, _ = os.ReadFile(proc + "status")
	for line := range strings.Lines(string(raw)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmRSS:" {
			u.rss, _ = strconv.Atoi(f[1])
		} else if len(f) > 1 && f[0] == "VmHWM:" {
			u.peak, _ = strconv.Atoi(f[1])
		}
	}
	u.wire = metricSum("http://"+p.Admin, "holon_wire_bytes_total")
	return u
}

// metricSum adds up a family of a node's metrics.
func metricSum(admin, family string) (sum float64) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, admin+"/metrics", nil)
	if err != nil {
		return 0
	}
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if name, _, _ := strings.Cut(lines.Text(), "{"); name == family {
			f := strings.Fields(lines.Text())
			v, _ := strconv.ParseFloat(f[len(f)-1], 64)
			sum += v
		}
	}
	return sum
}
