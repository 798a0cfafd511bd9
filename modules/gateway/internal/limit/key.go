package limit

import (
	"hash/maphash"
	"net/netip"
)

// Key is whose requests are counted together. It is a value that costs no allocation to make. The zero Key is one like
// any other.
type Key struct {
	kind, id string
	network  netip.Prefix
}

// Named returns the key of something that has an identifier: Named("user", id).
func Named(kind, id string) Key { return Key{kind: kind, id: id} }

// Network returns the key of all requests from around an address, as Address sees it.
func Network(a netip.Addr) Key { return Key{kind: "addr", network: Address(a)} }

// Address returns the network that is taken for one client: an IPv4 address alone, also one written as IPv6, and of an
// IPv6 address the /64, because a host takes new ones out of it as it likes (RFC 8981). Zones are left out. Of the zero Addr it
// is the zero Prefix.
func Address(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // only the zero Addr
	}
	return p
}

// String returns the key for people: "user:42", "addr:192.0.2.1/32".
func (k Key) String() string {
	if k.network.IsValid() {
		return k.kind + ":" + k.network.String()
	}
	return k.kind + ":" + k.id
}

// hash returns what the table knows of a key under a policy, never 0. Hashes are 64 bits under a secret seed: that two of
// 100,000 keys share one has a chance of 1 in 4 billion, and nobody outside can look for such a pair.
func (k Key) hash(seed maphash.Seed, policy string) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	// Neither writes fail (their documentation). The zero bytes keep ("a", "bc") from being ("ab", "c").
	_, _ = h.WriteString(policy)
	_ = h.WriteByte(0)
	_, _ = h.WriteString(k.kind)
	_ = h.WriteByte(0)
	if k.network.IsValid() {
		b := k.network.Addr().As16()
		_, _ = h.Write(b[:])
	} else {
		_, _ = h.WriteString(k.id)
	}
	return max(h.Sum64(), 1)
}
