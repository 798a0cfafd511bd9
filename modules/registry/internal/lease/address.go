package lease

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"holon/modules/registry"
)

var (
	errForm = errors.New("must be host:port, with an IPv6 address in brackets and a port from 1 to 65535")
	errHost = errors.New("must have an IP address or a DNS name of letters, digits, dots and dashes for a host")
	errKind = errors.New("must not be unspecified, multicast, broadcast or link-local")
)

// normalAddress returns an address in one spelling. Registry nodes send checks there, so it is none that means the node
// itself by accident, many hosts, or one that only a machine's own cloud knows (169.254.169.254). A name may yet resolve to
// one of those: whoever dials looks again.
func normalAddress(address string) (string, error) {
	if len(address) > registry.MaxAddress {
		return "", errForm
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", errForm
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", errForm
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		host, err = normalIP(ip, strings.HasPrefix(address, "["))
		if err != nil {
			return "", err
		}
	} else {
		host = strings.ToLower(host)
		if strings.HasPrefix(address, "[") || !validHost(host) {
			return "", errHost
		}
	}
	return net.JoinHostPort(host, strconv.FormatUint(n, 10)), nil
}

func normalIP(ip netip.Addr, brackets bool) (string, error) {
	if ip.Zone() != "" || brackets != ip.Is6() {
		return "", errHost
	}
	ip = ip.Unmap()
	if ip.IsUnspecified() || ip.IsMulticast() || ip.IsLinkLocalUnicast() || ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return "", errKind
	}
	return ip.String(), nil
}

// validHost reports whether a name in lower case is one that DNS may have. One that ends in a number is none: some resolvers
// read 2852039166 and 0xa9fe.43518 as addresses.
func validHost(name string) bool {
	if len(name) > 253 {
		return false
	}
	last := ""
	for last = range strings.SplitSeq(name, ".") {
		if !validLabel(last) {
			return false
		}
	}
	if hex, ok := strings.CutPrefix(last, "0x"); ok {
		return strings.ContainsFunc(hex, func(r rune) bool { return !digit(r) && (r < 'a' || r > 'f') })
	}
	return strings.ContainsFunc(last, func(r rune) bool { return !digit(r) })
}

func validLabel(s string) bool {
	return s != "" && len(s) <= 63 && s[0] != '-' && s[len(s)-1] != '-' &&
		!strings.ContainsFunc(s, func(r rune) bool { return !lower(r) && !digit(r) && r != '-' })
}
