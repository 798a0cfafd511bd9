package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"holon/transport/contract"
	"holon/transport/status"
)

const keyHeader = "Idempotency-Key"

// ReplayedHeader marks an answer that was given before.
const ReplayedHeader = "Idempotent-Replayed"

type onceKey struct{}

// OnceOf returns what the request's Idempotency-Key asks for, the zero Once without one. It is for surfaces, which
// put it into the request of the call.
func OnceOf(ctx context.Context) contract.Once {
	once, _ := ctx.Value(onceKey{}).(contract.Once)
	return once
}

// takeKey reads the key and takes the fingerprint of the request as it came over the network: SHA-256 of the path,
// a zero byte and the raw body. Later layers would see only what was understood of it.
func (a *API) takeKey(c huma.Context, next func(huma.Context)) {
	r, _ := humago.Unwrap(c)
	values := r.Header.Values(keyHeader)
	if len(values) == 0 {
		next(c)
		return
	}
	if err := checkKey(values); err != nil {
		a.refuse(c, err)
		return
	}
	body, err := a.readBody(r)
	if err != nil {
		a.refuse(c, err)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	sum := sha256.New()
	sum.Write([]byte(r.URL.EscapedPath()))
	sum.Write([]byte{0})
	sum.Write(body)
	once := contract.Once{Key: values[0], Fingerprint: sum.Sum(nil)}
	next(huma.WithValue(c, onceKey{}, once))
}

func checkKey(values []string) error {
	if len(values) > 1 {
		return status.New(status.Invalid, "", "the request has %d %s headers; send one", len(values), keyHeader)
	}
	key := values[0]
	if key == "" || len(key) > contract.MaxOnceKey {
		return status.New(status.Invalid, "", "%s must have 1 to %d characters, not %d", keyHeader, contract.MaxOnceKey, len(key))
	}
	for _, b := range []byte(key) {
		if b < 0x20 || b > 0x7e {
			return status.New(status.Invalid, "", "%s must be printable ASCII", keyHeader)
		}
	}
	return nil
}

// readBody reads a whole body within the limit.
func (a *API) readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, a.limits.MaxBody+1))
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, status.New(status.Malformed, "request_timeout", "the request body did not arrive in time")
	case err != nil:
		return nil, status.New(status.Malformed, "", "the request body could not be read")
	case int64(len(body)) > a.limits.MaxBody:
		return nil, status.New(status.TooLarge, "", "the request body is over %d bytes", a.limits.MaxBody)
	}
	return body, nil
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
