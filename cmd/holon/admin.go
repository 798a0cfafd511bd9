package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"holon/transport/status"
	"holon/transport/web"
)

// adminHandler is everything an operator reaches.
func (n *node) adminHandler() http.Handler {
	mux := n.healthHandler()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, []string{"/status", "/members", "/candidates", "/cluster", "/requests", "/routes", "/catalogue", "/events", "/log-level", "/livez", "/readyz", "/metrics", "/debug/pprof/"})
	})
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) { writeJSON(w, http.StatusOK, n.status(r.Context())) })
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /members", told(n.listMembers))
	mux.HandleFunc("GET /candidates", told(n.listCandidates))
	mux.HandleFunc("GET /cluster", told(n.listStatuses))
	mux.HandleFunc("GET /requests", told(n.listRequests))
	mux.HandleFunc("GET /routes", told(n.listRoutes))
	mux.HandleFunc("POST /routes/reload", n.verb("routes reload", n.reloadVerb))
	mux.HandleFunc("GET /catalogue", told(n.readCatalogue))
	mux.HandleFunc("POST /registry/release", n.verb("registry release", n.releaseVerb))
	mux.HandleFunc("GET /log-level", n.showLevel)
	mux.HandleFunc("POST /log-level", n.verb("log-level", n.changeLevel))
	mux.HandleFunc("POST /drain", n.verb("drain", n.drainVerb))
	mux.HandleFunc("POST /undrain", n.verb("undrain", n.undrainVerb))
	mux.HandleFunc("POST /backup", n.verb("backup", n.backups.take))
	mux.HandleFunc("POST /user/promote", n.verb("user promote", n.in.Operator.promote))
	mux.HandleFunc("POST /user/rotate-keys", n.verb("user rotate-keys", n.in.Operator.rotateKeys))
	n.mountAPIKeys(mux)
	n.mountEvents(mux, &eventDesk{office: n.in.Host.Events(), token: n.in.Folder.token, open: n.ready.Load, log: n.in.Log})
	return localOnly(mux)
}

// healthHandler is what probes from other hosts may see.
func (n *node) healthHandler() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, livez{"alive", n.in.Node.Name})
	})
	mux.HandleFunc("GET /readyz", n.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(n.in.Gatherer, promhttp.HandlerOpts{}))
	return mux
}

type livez struct {
	Status string `json:"status"`
	// Node is the name by which verbs recognise the node they look for.
	Node string `json:"node"`
}

// checkTimeout bounds how long readiness may take to find out.
const checkTimeout = 2 * time.Second

type readyz struct {
	Status string            `json:"status"`
	Faults map[string]string `json:"faults,omitempty"`
}

func (n *node) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	faults := n.readiness(ctx)
	if len(faults) == 0 {
		writeJSON(w, http.StatusOK, readyz{Status: "ready"})
		return
	}
	out := readyz{Status: "not ready", Faults: make(map[string]string, len(faults))}
	for module, err := range faults {
		out.Faults[module] = err.Error()
	}
	writeJSON(w, http.StatusServiceUnavailable, out)
}

// localOnly refuses what a web page could make the browser of whoever sits here ask: requests under another name than
// this host's, which is how a page's own name is made to resolve to 127.0.0.1, and those that a browser says come from
// another site.
func localOnly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site := r.Header.Get("Sec-Fetch-Site")
		switch {
		case !local(r.Host):
			web.WriteProblem(w, r, status.New(status.PermissionDenied, "foreign_host",
				"the admin port answers only to a loopback address, not to %.64q", r.Host))
		case site != "" && site != "none" && site != "same-origin":
			web.WriteProblem(w, r, status.New(status.PermissionDenied, "foreign_site", "the admin port is not for web pages"))
		default:
			h.ServeHTTP(w, r)
		}
	})
}

func local(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // the client hung up: nobody is left to tell
}
