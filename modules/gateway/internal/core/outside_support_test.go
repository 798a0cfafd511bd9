package core_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/core"
)

const (
	acmeIss = "https://id.acme.example/"
	acmeAud = "https://holon.example"
)

// acme is an issuer that may do all that any may.
func acme() core.Issuer {
	i := core.Issuer{Name: "acme", Issuer: acmeIss, Audience: acmeAud, JWKS: "https://id.acme.example/jwks.json", Roles: []string{"admin", "clerk"}}
	i.Defaults()
	i.Algorithms = core.Algorithms()
	return i
}

// signer is a signing key of an outside issuer.
type signer struct {
	id, alg string
	private crypto.Signer
}

// Keys of all kinds. Those of RSA take a while to make.
var (
	edKey   = signer{"ed-1", "EdDSA", newPair("ed-1").private}
	ecKey   = sync.OnceValue(func() signer { return signer{"ec-1", "ES256", must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))} })
	ec3Key  = sync.OnceValue(func() signer { return signer{"ec-3", "ES384", must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))} })
	rsaKey  = sync.OnceValue(func() signer { return signer{"rsa-1", "RS256", must(rsa.GenerateKey(rand.Reader, 2048))} })
	allKeys = sync.OnceValue(func() []signer { return []signer{edKey, ecKey(), ec3Key(), rsaKey()} })
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// edSigner is the Ed25519 key of a name.
func edSigner(id string) signer { return signer{id, "EdDSA", newPair(id).private} }

// as is the same key used by another algorithm.
func (s signer) as(alg string) signer { return signer{s.id, alg, s.private} }

// named is the same key under another id.
func (s signer) named(id string) signer { return signer{id, s.alg, s.private} }

// jwk is the key as it is published, without alg.
func (s signer) jwk() object {
	o := object{"kid": s.id, "use": "sig"}
	switch public := s.private.Public().(type) {
	case ed25519.PublicKey:
		o["kty"], o["crv"], o["x"] = "OKP", "Ed25519", encode(string(public))
	case *ecdsa.PublicKey:
		point := must(public.Bytes())
		half := len(point) / 2
		o["kty"], o["crv"], o["x"], o["y"] = "EC", public.Params().Name, encode(string(point[1:1+half])), encode(string(point[1+half:]))
	case *rsa.PublicKey:
		o["kty"], o["n"], o["e"] = "RSA", encode(string(public.N.Bytes())), encode(string(big.NewInt(int64(public.E)).Bytes()))
	}
	return o
}

// sign signs any two texts as header and claims.
func (s signer) sign(header, claims string) string {
	signed := encode(header) + "." + encode(claims)
	return signed + "." + base64.RawURLEncoding.EncodeToString(must(jwt.GetSigningMethod(s.alg).Sign(signed, s.private)))
}

// jwks is a set of keys as an issuer publishes it.
func jwks(keys ...object) []byte {
	if keys == nil {
		keys = []object{}
	}
	return must(json.Marshal(object{"keys": keys}))
}

// published are the signers' keys.
func published(signers ...signer) []byte {
	var keys []object
	for _, s := range signers {
		keys = append(keys, s.jwk())
	}
	return jwks(keys...)
}

// visa is a good token of acme's, of ada's, from now on for an hour.
func visa(s signer, now time.Time) forge {
	return forge{
		header: object{"alg": s.alg, "typ": "JWT", "kid": s.id},
		claims: object{"iss": acmeIss, "aud": acmeAud, "sub": "ada", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()},
	}
}

func (f forge) by(s signer) string { return s.sign(text(f.header), text(f.claims)) }

// idp is an outside issuer's server; it counts how often it was asked.
type idp struct {
	fetched atomic.Int32
	does    atomic.Pointer[core.Fetch]
}

var errDown = errors.New("dial tcp: connection refused")

func down(context.Context, string) ([]byte, error) { return nil, errDown }

// saying answers at once.
func saying(raw []byte) core.Fetch {
	return func(context.Context, string) ([]byte, error) { return raw, nil }
}

// slowly answers after a while.
func slowly(after time.Duration, f core.Fetch) core.Fetch {
	return func(ctx context.Context, url string) ([]byte, error) {
		select {
		case <-time.After(after):
			return f(ctx, url)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func serving(f core.Fetch) *idp {
	i := &idp{}
	i.will(f)
	return i
}

// will changes what the server does.
func (i *idp) will(f core.Fetch) { i.does.Store(&f) }

func (i *idp) fetch(ctx context.Context, url string) ([]byte, error) {
	i.fetched.Add(1)
	return (*i.does.Load())(ctx, url)
}

const refresh = 5 * time.Minute

// newIssuers returns issuers that are not started.
func newIssuers(t testing.TB, f core.Fetch, dir string, now func() time.Time, list ...core.Issuer) *core.Issuers {
	t.Helper()
	is, err := core.NewIssuers(core.IssuersParams{List: list, Fetch: f, Dir: dir, Every: refresh, Log: discard, Now: now})
	require.NoError(t, err)
	return is
}

// runs starts issuers or programs until the test ends.
func runs[R interface {
	Start(context.Context) error
	Stop()
}](t testing.TB, r R) R {
	t.Helper()
	require.NoError(t, r.Start(t.Context()))
	t.Cleanup(r.Stop)
	return r
}

// frontier is a gatekeeper that knows acme beside holon, and remembers few tokens. Holon's own ring is not started.
func frontier(t testing.TB, i *idp, now func() time.Time, list ...core.Issuer) *core.Gatekeeper {
	t.Helper()
	if list == nil {
		list = []core.Issuer{acme()}
	}
	is := runs(t, newIssuers(t, i.fetch, t.TempDir(), now, list...))
	return gate(t, is, now)
}

func gate(t testing.TB, is *core.Issuers, now func() time.Time) *core.Gatekeeper {
	t.Helper()
	own := runs(t, core.NewKeyring(answering(with(key)), t.TempDir()+"/keys.json", every, discard, now))
	return core.New(core.Params{Keys: own, Issuers: is, Remembered: 100, Now: now})
}
