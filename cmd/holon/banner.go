package main

import (
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"
)

// writeBanner tells, once, where everything is. Logs follow.
func writeBanner(w io.Writer, n *node, colour bool) {
	bold := func(s string) string {
		if !colour {
			return s
		}
		return "\x1b[1m" + s + "\x1b[0m"
	}
	addrs := n.addrs.all()
	fmt.Fprintf(w, "\n  %s  ready in %s\n\n", bold("holon "+n.in.Node.Version), n.took.Round(time.Millisecond))
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(t, "  %s\t%s\n", name, fmt.Sprintf(format, args...))
	}
	if at, ok := addrs["http"]; ok {
		row("API", "http://%s", reachable(at))
		row("API docs", "http://%s/docs", reachable(at))
	}
	row("Admin", "http://%s   (/status /readyz /metrics /debug/pprof/)", addrs["admin"])
	if at, ok := addrs["health"]; ok {
		row("Health", "http://%s   (/livez /readyz /metrics)", at)
	}
	row("Data", "%s   (SQLite, every answer on disk first)", dataDir(n))
	row("Security", "%s", security(addrs["http"]))
	row("Node", "%s", n.in.Node.Name)
	row("Modules", "%s", strings.Join(n.in.Settings.placed, " "))
	if at, ok := addrs["http"]; ok {
		row("Try", "curl -s http://%s/health", reachable(at))
	}
	_ = t.Flush() // a terminal that is gone
	fmt.Fprintf(w, "\n  Ctrl-C stops; twice stops at once.\n\n")
}

// dataDir is the folder as a person would type it.
func dataDir(n *node) string {
	dir := n.in.Node.DataDir
	if filepath.IsAbs(dir) || strings.HasPrefix(dir, ".") {
		return dir
	}
	return "./" + dir
}

// security says what is open to whom.
func security(public string) string {
	host, _, err := net.SplitHostPort(public)
	if ip := net.ParseIP(host); err != nil || ip != nil && ip.IsLoopback() {
		return "loopback only, plain HTTP"
	}
	return fmt.Sprintf("the API on %s is plain HTTP for everybody: put TLS in front; the rest is loopback only", public)
}

// reachable is the address that a client on this machine uses.
func reachable(at string) string {
	host, port, err := net.SplitHostPort(at)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return at
}
