package web

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"holon/transport/contract"
	"holon/transport/status"
)

const keyHeader = "Idempotency-Key"

type onceKey struct{}

// asked is a request's key and whether the surface took it.
type asked struct {
	once  contract.Once
	taken bool
}

// OnceOf returns what the request's Idempotency-Key asks for, the zero Once without one. It is for surfaces, which
// put it into the request of the call; a surface that leaves it on a keyed route breaks the route's promise, and the
// request fails for it.
func OnceOf(ctx context.Context) contract.Once {
	a, ok := ctx.Value(onceKey{}).(*asked)
	if !ok {
		return contract.Once{}
	}
	a.taken = true
	return a.once
}

// errKeyLeft is the fault of a surface that declares a route keyed and does not look at the key.
var errKeyLeft = errors.New("the route takes an Idempotency-Key and its surface leaves it: use web.OnceOf")

// keyLeft reports whether the request has a key that nobody took.
func keyLeft(ctx context.Context) bool {
	a, ok := ctx.Value(onceKey{}).(*asked)
	return ok && !a.taken
}

// keyOf returns the request's key, "" for none.
func keyOf(h http.Header) (string, error) {
	values := h.Values(keyHeader)
	if len(values) == 0 {
		return "", nil
	}
	if len(values) > 1 {
		return "", status.New(status.Invalid, "", "the request has %d %s headers; send one", len(values), keyHeader)
	}
	key := values[0]
	if key == "" || len(key) > contract.MaxOnceKey {
		return "", status.New(status.Invalid, "", "%s must have 1 to %d characters, not %d", keyHeader, contract.MaxOnceKey, len(key))
	}
	for _, b := range []byte(key) {
		if b < 0x20 || b > 0x7e {
			return "", status.New(status.Invalid, "", "%s must be printable ASCII", keyHeader)
		}
	}
	return key, nil
}

// fingerprint is of the request as it came over the network: SHA-256 of the path, a zero byte and the raw body. Later
// layers would see only what was understood of it.
func fingerprint(u *url.URL, body []byte) []byte {
	sum := sha256.New()
	sum.Write([]byte(u.EscapedPath()))
	sum.Write([]byte{0})
	sum.Write(body)
	return sum.Sum(nil)
}

func keyParam() *huma.Param {
	one, longest := 1, contract.MaxOnceKey
	return &huma.Param{
		Name: keyHeader, In: "header",
		Description: "A name of your own for this piece of work. Sending it again within 24 hours gives the same answer " +
			"and does nothing twice.",
		Schema: &huma.Schema{Type: huma.TypeString, MinLength: &one, MaxLength: &longest},
	}
}
