package main

import (
	"fmt"
	"runtime"
	"strconv"

	"holon/modules/user/userfx"
	"holon/transport/web"
	"holon/transport/wire"
)

// nodeLimit is a bound on what others can cost a node, and the metric that counts what met it.
type nodeLimit struct {
	web.Limit
	Metric string `json:"metric"`
}

// limitsOf lists the limits of a node with its present settings: those of the edge, and what holds beyond it.
func limitsOf(edge web.Limits, s *settings) []nodeLimit {
	var out []nodeLimit
	for _, l := range edge.Describe() {
		out = append(out, nodeLimit{l, fmt.Sprintf("holon_http_refused_total{limit=%q}", l.Name)})
	}
	add := func(setting, now, refusal, metric string) {
		out = append(out, nodeLimit{web.Limit{Name: setting, Setting: setting, Now: now, Refusal: refusal}, metric})
	}
	const refused = "holon_events_refused_total"
	add("delivery.max_backlog", strconv.Itoa(s.Config.Delivery.MaxBacklog), "503 event_backlog_full", refused)
	add("data.min_free", s.Config.Data.MinFree.String(), "507 storage_full", refused)
	add("user.hashes", strconv.Itoa(hashesOf(s)), "503 too_many_sign_ins", `holon_http_requests_total{route="/sessions",code="503"}`)
	between := wire.DefaultLimits()
	for _, l := range []struct{ name, now, reason string }{
		{"calls of one node", strconv.Itoa(between.Calls) + " in flight", "calls"},
		{"bytes of calls", size(between.Held) + " arriving or worked on", "memory"},
		{"connections of nodes", strconv.Itoa(between.Connections), "connections"},
	} {
		out = append(out, nodeLimit{web.Limit{Name: l.name, Now: l.now, Refusal: "not begun; the caller goes elsewhere"},
			fmt.Sprintf("holon_wire_refused_total{reason=%q}", l.reason)})
	}
	return out
}

// hashesOf is how many passwords are hashed at once.
func hashesOf(s *settings) int {
	u, ok := s.sections["user"].(*userfx.Settings)
	if ok && u.Hashes > 0 {
		return u.Hashes
	}
	return runtime.GOMAXPROCS(0)
}
