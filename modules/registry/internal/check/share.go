package check

import (
	"hash/fnv"
	"strings"
)

// Owner returns which of the nodes asks an instance: each node comes to the same answer, and when one goes only its part moves
// (rendezvous hashing, Thaler and Ravishankar 1998). It is "" for no nodes.
func Owner(k Key, nodes []string) (owner string) {
	var most uint64
	for _, n := range nodes {
		h := fnv.New64a()
		_, _ = h.Write([]byte(strings.Join([]string{n, k.Service, k.ID}, "\x00"))) // a hash takes all
		if sum := mix(h.Sum64()); owner == "" || sum > most || sum == most && n < owner {
			owner, most = n, sum
		}
	}
	return owner
}

// mix spreads what FNV leaves close together (the finalizer of MurmurHash3, Appleby).
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
