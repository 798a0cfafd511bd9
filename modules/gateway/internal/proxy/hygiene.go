package proxy

import (
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"

	"holon/transport/adapter"
	"holon/transport/status"
)

// ours begins the names of headers by which a gateway speaks to upstreams; clients cannot.
const ours = adapter.Ours

// guarded are headers that a client may not have dropped on the way by naming them in Connection.
var guarded = map[string]bool{
	"Authorization": true, "Cookie": true, "Host": true, "Content-Length": true, "Content-Type": true, "Idempotency-Key": true,
	"X-Request-Id": true, "Forwarded": true, "Traceparent": true, "Tracestate": true, "Origin": true,
}

// spoof headers name the client to some server or other: what a client says of itself there is nobody's word.
var spoof = []string{
	"Forwarded", "X-Real-Ip", "X-Client-Ip", "X-Cluster-Client-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "X-Original-Url",
	"X-Rewrite-Url", "X-Original-Host", "X-Http-Method-Override", "X-Http-Method", "X-Method-Override", "X-Forwarded-Port",
	"X-Forwarded-Server", "X-Forwarded-Scheme", "X-Forwarded-Ssl", "X-Forwarded-Prefix", "X-Forwarded-User", "X-Remote-User", "X-User", "Proxy", "Remote-User",
	"X-Webauth-User", "X-Auth-Request-User", "X-Auth-Request-Email", "X-Auth-Request-Groups", "Client-Ip", "Fastly-Client-Ip",
	"X-Envoy-External-Address", "X-Host", "X-Original-Uri", "Client-Cert", "X-Client-Cert", "X-Holon",
}

// clean refuses a request that its upstream could read in another way than this gateway, and takes out of it what only a
// gateway may say.
func clean(r *http.Request, upgrades bool) error {
	if r.Method == http.MethodConnect || r.Method == http.MethodTrace {
		return status.New(status.Malformed, "", "%s is not passed on", r.Method)
	}
	if err := unclear(r.URL); err != nil {
		return err
	}
	for _, line := range r.Header["Connection"] {
		for token := range strings.SplitSeq(line, ",") {
			name := http.CanonicalHeaderKey(strings.TrimSpace(token))
			if guarded[name] || strings.HasPrefix(name, "X-Forwarded-") || strings.HasPrefix(name, ours) {
				return status.New(status.Malformed, "", "the Connection header names %s, which is not for one connection only", name)
			}
		}
	}
	if r.Header.Get("Upgrade") != "" || httpguts.HeaderValuesContainsToken(r.Header["Connection"], "upgrade") {
		if !upgrades {
			return status.New(status.Malformed, "no_upgrade", "this route does not change to another protocol").
				With(status.DetailHint, "send the request without Connection: Upgrade")
		}
		if r.ContentLength != 0 {
			return status.New(status.Malformed, "", "a request that asks for an upgrade cannot have a body")
		}
	}
	for name := range r.Header {
		if strings.HasPrefix(name, ours) || strings.ContainsFunc(name, unusual) || strings.HasPrefix(name, "X-Forwarded") && !believable[name] {
			delete(r.Header, name)
		}
	}
	for _, name := range spoof {
		r.Header.Del(name)
	}
	r.Trailer = nil // nobody has looked at what comes behind a body
	r.Header.Del("Trailer")
	return nil
}

// unusual letters are allowed in names of headers, but there are servers to which they all are the same as a dash.
func unusual(c rune) bool {
	return c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
}

// believable headers are a trusted proxy's; what goes on of them is for tell to say.
var believable = map[string]bool{"X-Forwarded-For": true, "X-Forwarded-Proto": true, "X-Forwarded-Host": true}

// unclear refuses paths in which a server may see other segments than this gateway has.
func unclear(u *url.URL) error {
	path := u.EscapedPath()
	if !strings.ContainsAny(path, "%\\;.") && !strings.Contains(path, "//") {
		return nil // as nearly all are
	}
	low := strings.ToLower(path)
	for _, bad := range []string{"%2f", "%5c", "%00", "\\", "//", "%252f", "%255c", "%252e", "%2500", "%25%", ";/", "/;"} {
		if strings.Contains(low, bad) {
			return status.New(status.Malformed, "unclear_path", "the path contains %s, in which servers see different things", bad)
		}
	}
	for segment := range strings.SplitSeq(path, "/") {
		plain, err := url.PathUnescape(segment)
		plain, _, _ = strings.Cut(plain, ";")
		if err != nil || plain == "." || plain == ".." {
			return status.New(status.Malformed, "unclear_path", "the path has a segment %q", segment)
		}
	}
	return nil
}
