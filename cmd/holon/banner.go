package main

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// tellReady says once that the node runs and where: to people in a block, to programs, which read the log as JSON, in
// one line of it.
func (n *node) tellReady(e environment) {
	s, log := n.in.Settings, n.in.Log
	if textLog(e.err, s.Config.Log) {
		writeBanner(e.err, n, colour(e.err, e.env))
	}
	log.Info("node ready", "node", n.in.Node.Name, "took", n.took.Round(time.Millisecond).String(),
		"modules", s.placed, slog.Group("addresses", attrs(n.addrs.all())...), "data_dir", n.in.Node.DataDir, "config", s.File)
	for _, text := range exposed(n.addrs.all(), n.scheme()) {
		log.Warn("open to others", "what", text)
	}
	for _, w := range s.Warnings {
		log.Warn("configuration is odd", "warning", w)
	}
}

// attrs are the entries of a map as a group of attributes, sorted.
func attrs(m map[string]string) []any {
	var out []any
	for _, key := range slices.Sorted(maps.Keys(m)) {
		out = append(out, slog.String(key, m[key]))
	}
	return out
}

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
		row("API", "%s://%s", n.scheme(), reachable(at))
		row("API docs", "%s://%s/docs", n.scheme(), reachable(at))
	}
	row("Admin", "http://%s   (/status /readyz /metrics /debug/pprof/)", addrs["admin"])
	if at, ok := addrs["health"]; ok {
		row("Health", "http://%s   (/livez /readyz /metrics)", reachable(at))
	}
	row("Data", "%s   (SQLite, every answer on disk first)", dataDir(n))
	row("Security", "%s", security(addrs, n.scheme()))
	row("Node", "%s   (calls on %s, gossip on %s)", n.in.Node.Name, addrs["node"], addrs["gossip"])
	row("Modules", "%s", strings.Join(n.in.Settings.placed, " "))
	row("Cluster", "%s", n.inCluster())
	if at, ok := addrs["http"]; ok {
		row("Try", "curl -s %s://%s/health", n.scheme(), reachable(at))
	}
	_ = t.Flush() // a terminal that is gone
	fmt.Fprintf(w, "\n  Ctrl-C stops; twice stops at once.\n\n")
}

// inCluster says what is known of other nodes.
func (n *node) inCluster() string {
	w := n.in.Network.cluster
	v := w.View()
	id, s := v.Cluster, n.in.Settings
	if s.Config.Cluster != "" {
		id = s.Config.Cluster
	}
	switch {
	case v.Peers() > 0:
		return fmt.Sprintf("%.8s, with %s", id, counted(v.Peers(), "other node", "other nodes"))
	case len(s.Config.Join) > 0:
		return "none reached yet; trying " + strings.Join(s.Config.Join, ", ")
	default:
		return fmt.Sprintf("%.8s, alone   (others: holon run -m MODULES --join %s)", id, w.Addr())
	}
}

// dataDir is the folder as a person would type it.
func dataDir(n *node) string {
	dir := n.in.Node.DataDir
	if filepath.IsAbs(dir) || strings.HasPrefix(dir, ".") {
		return dir
	}
	return "./" + dir
}

// scheme is that of the public port.
func (n *node) scheme() string {
	if n.in.Certificate != nil {
		return "https"
	}
	return "http"
}

// security says what is open to whom.
func security(addrs map[string]string, scheme string) string {
	open := exposed(addrs, scheme)
	switch {
	case len(open) == 0 && scheme == "https":
		return "loopback only, the API with TLS"
	case len(open) == 0:
		return "loopback only, plain HTTP"
	}
	return strings.Join(open, "; ") + "; the rest is loopback only"
}

// exposed says what other machines reach.
func exposed(addrs map[string]string, scheme string) (open []string) {
	if at, ok := addrs["http"]; ok && !loopback(at) && scheme == "https" {
		open = append(open, "the API on "+at+" is for everybody, with TLS")
	} else if ok && !loopback(at) {
		open = append(open, "the API on "+at+" is plain HTTP for everybody: put TLS in front")
	}
	if at, ok := addrs["health"]; ok && !loopback(at) {
		open = append(open, "health and metrics on "+at+" are for everybody")
	}
	return open
}

func loopback(at string) bool {
	host, _, err := net.SplitHostPort(at)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

// reachable is the address that a client on this machine uses.
func reachable(at string) string {
	host, port, err := net.SplitHostPort(at)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return at
}
