package core

import "context"

// Hasher opens the hasher to its tests.
type Hasher = hasher

// NewHasher is newHasher.
var NewHasher = newHasher

// Compare is compare.
var Compare = compare

// Hash, Matches and Bounded are the hasher's methods.
func (h *hasher) Hash(ctx context.Context, password string) (string, error) {
	return h.hash(ctx, password)
}

func (h *hasher) Matches(ctx context.Context, password, phc string) (bool, error) {
	return h.matches(ctx, password, phc)
}

func (h *hasher) Bounded(ctx context.Context, work func()) error { return h.bounded(ctx, work) }

// Nobody is the hash that stands for unknown accounts.
func (h *hasher) Nobody() string { return h.nobody }

// QueueLimit is how many may be inside a hasher that makes one hash at once.
const QueueLimit = 1 + waiting
