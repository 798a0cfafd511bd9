package events

import (
	"syscall"
	"time"
)

// uptime returns how long the machine has been up, to the second, the time it slept included. Where nobody tells it is 0.
func uptime() time.Duration {
	var info syscall.Sysinfo_t
	if syscall.Sysinfo(&info) != nil {
		return 0
	}
	return time.Duration(info.Uptime) * time.Second
}
