package proxy

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"holon/transport/web"
)

// Trusted are the networks of proxies in front of this gateway, whose X-Forwarded headers are believed.
type Trusted []netip.Prefix

func (t Trusted) has(a netip.Addr) bool {
	return slices.ContainsFunc(t, func(p netip.Prefix) bool { return p.Contains(a) })
}

// Client is the address of whoever asks: the sender, or, behind trusted proxies, the last of those named before them that is
// none of theirs. Whoever comes further left in the header may be made up.
func (t Trusted) Client(r *http.Request) netip.Addr {
	sender := addrOf(r.RemoteAddr)
	if len(t) == 0 || !t.has(sender) {
		return sender
	}
	hops := forwarded(r)
	for _, hop := range slices.Backward(hops) {
		a, err := netip.ParseAddr(hop)
		if withPort, portErr := netip.ParseAddrPort(hop); err != nil && portErr == nil {
			a, err = withPort.Addr(), nil // some proxies name the port
		}
		if err != nil {
			break
		}
		if sender = a.Unmap(); !t.has(sender) {
			break
		}
	}
	return sender
}

// forwarded are the addresses of X-Forwarded-For, the nearest last.
func forwarded(r *http.Request) (hops []string) {
	for _, line := range r.Header.Values("X-Forwarded-For") {
		for hop := range strings.SplitSeq(line, ",") {
			hops = append(hops, strings.TrimSpace(hop))
		}
	}
	return hops
}

func addrOf(hostPort string) netip.Addr {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap()
}

// tell puts into a request what its upstream may know of the way it came.
func (t Trusted) tell(in *http.Request, out http.Header) {
	sender := addrOf(in.RemoteAddr)
	believed := t.has(sender)
	chain := sender.String()
	proto, host := "http", in.Host
	if web.Secured(in) {
		proto = "https"
	}
	if believed {
		if hops := forwarded(in); len(hops) > 0 {
			chain = strings.Join(hops, ", ") + ", " + chain
		}
		if p := in.Header.Get("X-Forwarded-Proto"); p == "http" || p == "https" {
			proto = p
		}
		if h := in.Header.Get("X-Forwarded-Host"); h != "" {
			host = h
		}
	}
	out.Set("X-Forwarded-For", chain)
	out.Set("X-Forwarded-Proto", proto)
	out.Set("X-Forwarded-Host", host)
}
