package configs

import (
	"net"
	"net/netip"
	"strings"
)

// maxCluster bounds the name of a cluster, in bytes: it travels with every message of gossip.
const maxCluster = 32

// validateCluster checks how the node takes part in a cluster.
func (c *Config) validateCluster() []error {
	errs := []error{Address("node.addr", c.Node.Addr), Address("gossip.addr", c.Gossip.Addr)}
	if host, _, err := net.SplitHostPort(c.Gossip.Addr); err == nil {
		if _, err := netip.ParseAddr(host); err != nil {
			errs = append(errs, Invalid("gossip.addr", "must begin with an IP address, not %s", quote(host)))
		}
	}
	if c.Advertise != "" && !validHost(c.Advertise) {
		errs = append(errs, Invalid("advertise", "must be an IP address or a host name without a port, not %s", quote(c.Advertise)))
	}
	if host, _, err := net.SplitHostPort(c.Gossip.Addr); err == nil && c.Advertise != "" && isLoopback(host) && !isLoopback(c.Advertise) {
		errs = append(errs, &invalid{key: "advertise", message: "is " + quote(c.Advertise) + ", and this node listens for others on " + host + " only",
			hint: "where everybody on the network is trusted: --insecure-network --gossip-addr 0.0.0.0:7946 --node-addr 0.0.0.0:7947"})
	}
	for key, addr := range map[string]string{"gossip.addr": c.Gossip.Addr, "node.addr": c.Node.Addr} {
		host, _, err := net.SplitHostPort(addr)
		switch {
		case err != nil:
		case !c.InsecureNetwork && !isLoopback(host):
			errs = append(errs, &invalid{key: key, message: "is " + quote(addr) + ", which other machines reach, and nothing there proves who calls",
				hint: "where everybody on the network is trusted: --insecure-network"})
		case c.Advertise == "" && everywhere(host):
			errs = append(errs, &invalid{key: key, message: "is " + quote(addr) + ", by which no other node can reach this one",
				hint: "say with --advertise by which address they do"})
		}
	}
	if c.Cluster != "" && (len(c.Cluster) > maxCluster || !nodeName.MatchString(c.Cluster)) {
		errs = append(errs, Invalid("cluster", "must be 1 to %d letters, digits, dots, dashes or underscores, not %s", maxCluster, quote(c.Cluster)))
	}
	for _, seed := range c.Join {
		if err := checkSeed(seed); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// checkSeed takes host and host:port.
func checkSeed(seed string) error {
	addr := seed
	if _, _, err := net.SplitHostPort(seed); err != nil {
		addr = net.JoinHostPort(strings.Trim(seed, "[]"), "7946")
	}
	host, _, _ := net.SplitHostPort(addr)
	if host == "" || Address("join", addr) != nil {
		return Invalid("join", "must be host or host:port of another node's gossip, not %s", quote(seed))
	}
	return nil
}

// everywhere reports whether an address means every interface of the machine.
func everywhere(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "" || err == nil && ip.IsUnspecified()
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}
