package core

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"holon/transport/status"
)

// The cost of a hash: the second of OWASP's equivalent argon2id settings (19 MiB, 2 passes, 1 lane).
const (
	hashMemory = 19 << 10 // KiB
	hashTime   = 2
	hashLanes  = 1
	hashSalt   = 16
	hashLength = 32
)

// waiting is how many may wait for a hash per one being made; more are told to come back, because by the time it is
// their turn their deadline has passed.
const waiting = 32

// hasher bounds how many hashes are made at once: each takes memory and a core, and signing in must not starve
// everything else.
type hasher struct {
	running chan struct{}
	queued  chan struct{}
	// nobody is the hash of a password nobody has, checked in place of an unknown account's.
	nobody string
}

func newHasher(atOnce int) (*hasher, error) {
	if atOnce < 1 {
		return nil, fmt.Errorf("hashes at once must be 1 or more, not %d", atOnce)
	}
	nobody, err := hashNow(rand.Text())
	if err != nil {
		return nil, err
	}
	return &hasher{
		running: make(chan struct{}, atOnce), queued: make(chan struct{}, atOnce*(1+waiting)), nobody: nobody,
	}, nil
}

// hash returns the password's hash in the PHC string format.
func (h *hasher) hash(ctx context.Context, password string) (phc string, err error) {
	err = h.bounded(ctx, func() { phc, err = hashNow(password) })
	return phc, err
}

// matches tells whether the password is the one that was hashed. An empty hash, of an account that does not exist,
// takes as long as any other and never matches.
func (h *hasher) matches(ctx context.Context, password, phc string) (ok bool, err error) {
	known := phc != ""
	if !known {
		phc = h.nobody
	}
	bounded := h.bounded(ctx, func() { ok, err = compare(password, phc) })
	return ok && known, errors.Join(bounded, err)
}

func (h *hasher) bounded(ctx context.Context, work func()) error {
	select {
	case h.queued <- struct{}{}:
		defer func() { <-h.queued }()
	default:
		return status.New(status.Unavailable, "too_many_sign_ins", "too many passwords are being checked right now").
			With(status.DetailRetryAfter, "2")
	}
	select {
	case h.running <- struct{}{}:
		defer func() { <-h.running }()
	case <-ctx.Done():
		return ctx.Err()
	}
	work()
	return nil
}

func hashNow(password string) (string, error) {
	salt := make([]byte, hashSalt)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("make a salt: %w", err)
	}
	sum := argon2.IDKey([]byte(password), salt, hashTime, hashMemory, hashLanes, hashLength)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashTime, hashLanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum)), nil
}

// compare checks a password against a hash of any cost, so that the cost may be raised later.
func compare(password, phc string) (bool, error) {
	var version int
	var memory, passes uint32
	var lanes uint8
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errors.New("a stored password hash is not of argon2id")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &passes, &lanes); err != nil {
		return false, fmt.Errorf("read a stored password hash: %w", err)
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("read a stored salt: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, fmt.Errorf("read a stored password hash: %w", err)
	}
	if version != argon2.Version || passes < 1 || lanes < 1 || len(want) < hashLength/2 {
		// A row that was damaged must not match by being short: nothing equals nothing.
		return false, errors.New("a stored password hash is of another version or of no strength")
	}
	got := argon2.IDKey([]byte(password), salt, passes, memory, lanes, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}
