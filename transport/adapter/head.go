package adapter

import (
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"

	"holon/transport/contract"
)

// Ours begins the names of headers by which gateways and nodes speak to each other and to services; clients cannot.
const Ours = "X-Holon-"

// Headers of a request between nodes; the handler does not see them.
const (
	headModule = Ours + "Module"
	// headInstance is the "<node>~<boot>" that is meant: another process may have the address by now.
	headInstance = Ours + "Instance"
	headRemote   = Ours + "Remote"
	headHello    = Ours + "Hello"
	headHost     = Ours + "Host"
	headStreams  = Ours + "Streams"
	// headRefused is in an answer that says that the handler was not asked, and why.
	headRefused = Ours + "Refused"
)

// hop are headers for one connection only (RFC 9110, section 7.6.1, and what was common before it).
var hop = []string{"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Transfer-Encoding", "Upgrade"}

// Unhop takes out of a request's headers what is for one connection only, as net/http/httputil does on the way to another node.
func Unhop(h http.Header) {
	upgrade := ""
	if httpguts.HeaderValuesContainsToken(h["Connection"], "Upgrade") {
		upgrade = h.Get("Upgrade")
	}
	trailers := httpguts.HeaderValuesContainsToken(h["Te"], "trailers")
	dropHop(h)
	h.Del("Trailer")
	if trailers {
		h.Set("Te", "trailers")
	}
	if upgrade != "" {
		h.Set("Connection", "Upgrade")
		h.Set("Upgrade", upgrade)
	}
}

func dropHop(h http.Header) {
	for _, line := range h["Connection"] {
		for name := range strings.SplitSeq(line, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range hop {
		h.Del(name)
	}
}

// Introduce has a request say who asks, for handlers and for services that are none of ours.
func Introduce(h http.Header, who contract.Principal) {
	set := func(name, value string) {
		if value != "" {
			h.Set(Ours+name, value)
		}
	}
	set("Subject", who.Subject)
	set("Roles", strings.Join(who.Roles, ","))
	set("Scopes", strings.Join(who.Scopes, " "))
	set("Key", who.Key)
}

// introduced is who asks by what Introduce has written.
func introduced(h http.Header) contract.Principal {
	who := contract.Principal{Subject: h.Get(Ours + "Subject"), Key: h.Get(Ours + "Key"), Scopes: strings.Fields(h.Get(Ours + "Scopes"))}
	if roles := h.Get(Ours + "Roles"); roles != "" {
		who.Roles = strings.Split(roles, ",")
	}
	return who
}

// Address has a request find a module on another node. From is the client's address and port, host what it asks for.
func Address(h http.Header, module, instance, from, host string) {
	h.Set(headModule, module)
	h.Set(headInstance, instance)
	h.Set(headRemote, from)
	h.Set(headHost, host)
}

// Streams says of a request that it may go on for hours: it ends when its node, or its gateway, begins to go.
func Streams(h http.Header) { h.Set(headStreams, "1") }

// Refusal says why a node has not asked its handler; ok is false for an answer of the handler's.
func Refusal(resp *http.Response) (why string, ok bool) {
	if resp.StatusCode != http.StatusServiceUnavailable {
		return "", false
	}
	why = resp.Header.Get(headRefused)
	return why, why != ""
}
