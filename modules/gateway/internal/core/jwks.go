package core

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Bounds of a set of keys.
const (
	maxJWKS = 64 << 10 // bytes
	maxKeys = 100
)

// parseJWKS reads a set of keys (RFC 7517) for an issuer that signs by these algorithms. Keys that are of no use are
// skipped, as the RFC wants it; a set with no other is refused, so that whoever has a better one keeps it.
func parseJWKS(raw []byte, algorithms []string) (keyset, error) {
	if len(raw) > maxJWKS {
		return keyset{}, fmt.Errorf("the key set is over %d bytes", maxJWKS)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(raw, &set); err != nil {
		return keyset{}, fmt.Errorf("key set: %w", err)
	}
	if len(set.Keys) > maxKeys {
		return keyset{}, fmt.Errorf("the key set has %d keys, over %d", len(set.Keys), maxKeys)
	}
	s := keyset{keys: make(map[string]*key), raw: raw}
	var why error
	for _, one := range set.Keys {
		id, k, err := parseJWK(one)
		switch {
		case err != nil:
		case !slices.ContainsFunc(algorithms, k.fits):
			err = fmt.Errorf("key %.40q is for no algorithm of this issuer", id)
		case s.keys[id] != nil:
			err = fmt.Errorf("key %.40q is there twice", id)
		default:
			s.keys[id] = k
			continue
		}
		why = err
		s.skipped++
	}
	if len(s.keys) == 0 && why != nil {
		return keyset{}, fmt.Errorf("the key set has no key of use among %d: %w", s.skipped, why)
	}
	if len(s.keys) == 0 {
		return keyset{}, fmt.Errorf("the key set is empty")
	}
	return s, nil
}
