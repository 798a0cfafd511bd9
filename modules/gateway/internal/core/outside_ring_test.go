package core_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/core"
	"holon/modules/modulestest"
	"holon/transport/status"
)

// authenticate tries a fresh token of ada's.
func authenticate(t testing.TB, g *core.Gatekeeper, s signer) error {
	t.Helper()
	_, err := g.Authenticate(t.Context(), visa(s, time.Now()).claim("jti", time.Now().String()).by(s))
	return err
}

// The issuer rotates its keys again and again while tokens come: it publishes the next one, signs with it at once, and
// takes the former one back when its last tokens have expired. Nobody with a good token is turned away.
func TestRotationUnderLoad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const rotation, life = 7 * time.Minute, 3 * time.Minute // a key signs for so long, its tokens live for so long
		began := time.Now()
		keyAt := func(age time.Duration) signer { return edSigner(fmt.Sprint("key-", age/rotation)) }
		server := serving(slowly(300*time.Millisecond, func(context.Context, string) ([]byte, error) {
			age := time.Since(began)
			if current, before := keyAt(age), keyAt(max(age-life-time.Minute, 0)); before.id != current.id {
				return published(before, current), nil
			}
			return published(keyAt(age)), nil
		}))
		g := frontier(t, server, time.Now)
		var tried atomic.Int32
		var all sync.WaitGroup
		for worker := range 4 {
			all.Go(func() {
				pass(time.Duration(worker) * 7 * time.Millisecond)
				var old string // a token in the middle of its life, from before a rotation now and then
				var until time.Time
				for i := 0; time.Since(began) < 40*time.Minute; i++ {
					s := keyAt(time.Since(began))
					fresh := visa(s, time.Now()).claim("jti", fmt.Sprint(worker, i)).claim("exp", time.Now().Add(life).Unix()).by(s)
					if time.Now().After(until) {
						old, until = fresh, time.Now().Add(life)
					}
					for _, token := range []string{fresh, old} {
						if _, err := g.Authenticate(t.Context(), token); err != nil {
							t.Errorf("refused after %s: %v", time.Since(began), err)
						}
						tried.Add(1)
					}
					pass(3 * time.Second)
				}
			})
		}
		all.Wait()
		require.Greater(t, tried.Load(), int32(6_000))
		t.Logf("%d tokens, %d rotations, %d fetches", tried.Load(), 40*time.Minute/rotation, server.fetched.Load())
	})
}

func TestUnknownKeysOfAnOutsideIssuer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var asked []time.Time
		server := serving(slowly(200*time.Millisecond, func(context.Context, string) ([]byte, error) { return published(edKey), nil }))
		other := acme()
		other.Name, other.Issuer, other.JWKS = "other", "https://other.example", "https://other.example/jwks"
		of := map[string]int{}
		is := runs(t, newIssuers(t, func(ctx context.Context, url string) ([]byte, error) {
			mu.Lock()
			if of[url]++; url != other.JWKS {
				asked = append(asked, time.Now())
			}
			mu.Unlock()
			return server.fetch(ctx, url)
		}, t.TempDir(), time.Now, acme(), other))
		g := gate(t, is, time.Now)
		pass(time.Second)
		known := visa(edKey, time.Now()).by(edKey)
		began, claims := time.Now(), encode(text(visa(edKey, time.Now()).claims))
		var all sync.WaitGroup
		for tick := range 6000 { // ten of them every hundredth of a second
			all.Go(func() {
				for i := range 10 {
					invented := encode(fmt.Sprintf(`{"alg":"EdDSA","kid":"invented-%d-%d"}`, tick, i)) + "." + claims + ".AAAA"
					if _, err := g.Authenticate(t.Context(), invented); status.CodeOf(err) != status.Unauthenticated {
						t.Errorf("not refused: %v", err)
					}
				}
			})
			at := time.Now()
			_, err := g.Authenticate(t.Context(), known)
			require.NoError(t, err)
			require.Equal(t, at, time.Now(), "who has a good token waits for nobody")
			pass(10 * time.Millisecond)
		}
		all.Wait()
		require.Equal(t, time.Minute, time.Since(began).Truncate(time.Second))
		require.Len(t, asked, 3, "at start, and twice in a minute")
		require.GreaterOrEqual(t, asked[2].Sub(asked[1]), 30*time.Second)
		require.Equal(t, 1, of[other.JWKS], "and nobody else has to suffer")
	})
}

// While the server hangs or is down, invented ids have it asked no more often either.
func TestUnknownKeysWhileTheIssuerIsDown(t *testing.T) {
	t.Parallel()
	for what, f := range map[string]core.Fetch{"down": down, "hanging": slowly(time.Hour, down)} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := serving(saying(published(edKey)))
				g := frontier(t, server, time.Now)
				synctest.Wait()
				server.will(f)
				for i := range 600 {
					go func() { _ = authenticate(t, g, edKey.named(fmt.Sprint("invented", i))) }()
					pass(time.Second)
				}
				require.NoError(t, authenticate(t, g, edKey))
				require.LessOrEqual(t, server.fetched.Load(), int32(1+600/30+600/27+6))
			})
		})
	}
}

func TestOutageOfAnOutsideIssuer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := serving(saying(published(edKey)))
		g := frontier(t, server, time.Now)
		pass(time.Hour)
		server.will(down)
		pass(refresh)
		before := server.fetched.Load()
		pass(23*time.Hour - refresh)
		require.NoError(t, authenticate(t, g, edKey))
		cached := visa(edKey, time.Now()).by(edKey)
		_, err := g.Authenticate(t.Context(), cached)
		require.NoError(t, err)
		require.InDelta(t, 23*120*1.05, float64(server.fetched.Load()-before), 120, "it is asked about every 30 seconds")

		pass(30 * time.Minute)
		_, err = g.Authenticate(t.Context(), cached)
		require.NoError(t, err)
		pass(90 * time.Minute)
		e := modulestest.Refused(t, authenticate(t, g, edKey), status.Unavailable, "no_keys")
		require.Contains(t, e.Message, "acme")
		require.NotEmpty(t, e.Details[status.DetailRetryAfter])
		fresh := visa(edKey, time.Now().Add(-50*time.Minute)).by(edKey)
		_, err = g.Authenticate(t.Context(), fresh)
		modulestest.Refused(t, err, status.Unavailable, "no_keys")

		server.will(saying(published(edKey)))
		pass(31 * time.Second)
		require.NoError(t, authenticate(t, g, edKey))
	})
}

// A token that was checked is good no longer than the keys are.
func TestOldKeysTakeTheirTokensWithThem(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := acme()
		i.MaxLifetime = 48 * time.Hour
		server := serving(saying(published(edKey)))
		g := frontier(t, server, time.Now, i)
		synctest.Wait()
		server.will(down)
		long := visa(edKey, time.Now()).lastingFrom(time.Now(), 48*time.Hour).by(edKey)
		for range 2 {
			_, err := g.Authenticate(t.Context(), long)
			require.NoError(t, err)
		}
		pass(24*time.Hour + time.Second)
		require.True(t, g.Remembers(long))
		_, err := g.Authenticate(t.Context(), long)
		modulestest.Refused(t, err, status.Unavailable, "no_keys")
	})
}

func (f forge) lastingFrom(now time.Time, d time.Duration) forge {
	return f.claim("iat", now.Unix()).claim("exp", now.Add(d).Unix())
}

// As long as the issuer publishes a key, tokens by it are checked once.
func TestRefreshForgetsNoTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := serving(saying(published(edKey)))
		g := frontier(t, server, time.Now)
		token := visa(edKey, time.Now()).by(edKey)
		_, err := g.Authenticate(t.Context(), token)
		require.NoError(t, err)
		server.will(saying(published(edSigner("next"), edKey)))
		pass(refresh * 2)
		require.True(t, g.Trusts(token))
		server.will(saying(published(edSigner("next"))))
		pass(refresh)
		require.False(t, g.Trusts(token))
	})
}

// A key that is exchanged under its id takes the tokens with it that the former one has signed.
func TestKeyExchangedUnderItsID(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := serving(saying(published(edKey)))
		g := frontier(t, server, time.Now)
		token := visa(edKey, time.Now()).by(edKey)
		_, err := g.Authenticate(t.Context(), token)
		require.NoError(t, err)
		server.will(saying(published(edSigner("x").named(edKey.id))))
		pass(refresh + time.Second)
		_, err = g.Authenticate(t.Context(), token)
		modulestest.Refused(t, err, status.Unauthenticated, "invalid_token")
	})
}

func TestBadSetsLeaveTheGoodOne(t *testing.T) {
	t.Parallel()
	for what, raw := range refusedSets() {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := serving(saying(published(edKey)))
				is := runs(t, newIssuers(t, server.fetch, t.TempDir(), time.Now, acme()))
				g := gate(t, is, time.Now)
				require.NoError(t, authenticate(t, g, edKey))
				server.will(saying([]byte(raw)))
				pass(23 * time.Hour)
				require.NoError(t, authenticate(t, g, edKey))
				require.Equal(t, 1, is.States()[0].Keys)
				pass(2 * time.Hour)
				modulestest.Refused(t, authenticate(t, g, edKey), status.Unavailable, "no_keys")
			})
		})
	}
}

func TestFetchThatPanics(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := serving(saying(published(edKey)))
		g := frontier(t, server, time.Now)
		require.NoError(t, authenticate(t, g, edKey))
		server.will(func(context.Context, string) ([]byte, error) { panic("boom") })
		pass(time.Hour)
		require.NoError(t, authenticate(t, g, edKey))
		server.will(saying(published(edSigner("next"))))
		pass(time.Minute)
		require.NoError(t, authenticate(t, g, edSigner("next")))
	})
}

// At start nobody hammers an issuer that is not there, however many tokens come, and soon after it is there they pass.
func TestIssuerThatIsNotThereYet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := serving(down)
		g := frontier(t, server, time.Now)
		for range 600 {
			e := modulestest.Refused(t, authenticate(t, g, edKey), status.Unavailable, "no_keys")
			require.Contains(t, e.Message, "acme")
			pass(100 * time.Millisecond)
		}
		require.LessOrEqual(t, server.fetched.Load(), int32(10), "1, 2, 4, 8, 16, 30 seconds apart, and for tokens twice a minute")
		server.will(saying(published(edKey)))
		pass(30 * time.Second)
		require.NoError(t, authenticate(t, g, edKey))

		_, err := g.Authenticate(t.Context(), good().lastingFrom(time.Now(), time.Hour).signed())
		require.NoError(t, err, "holon's own tokens have nothing to do with it")
	})
}

// The first token waits for the first answer.
func TestFirstTokenWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := frontier(t, serving(slowly(2*time.Second, saying(published(edKey)))), time.Now)
		began := time.Now()
		require.NoError(t, authenticate(t, g, edKey))
		require.Equal(t, 2*time.Second, time.Since(began))
	})
}

func TestIssuersAreAskedApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var asked []time.Time
		server := serving(func(context.Context, string) ([]byte, error) {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, time.Now())
			return published(edKey), nil
		})
		runs(t, newIssuers(t, server.fetch, t.TempDir(), time.Now, acme()))
		pass(10 * time.Hour)
		mu.Lock()
		defer mu.Unlock()
		pauses := map[time.Duration]bool{}
		for i := range asked[1:] {
			pause := asked[i+1].Sub(asked[i])
			require.LessOrEqual(t, pause, refresh)
			require.GreaterOrEqual(t, pause, refresh*9/10)
			pauses[pause] = true
		}
		require.Greater(t, len(pauses), 100)
	})
}

func TestIssuerStates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := serving(slowly(2*time.Second, saying(jwks(edKey.jwk(), object{"kty": "oct", "k": "AAAA"}, object{}))))
		is := newIssuers(t, server.fetch, t.TempDir(), time.Now, acme())
		require.Equal(t, []core.IssuerState{{Name: "acme"}}, is.States())
		runs(t, is)
		began := time.Now()
		pass(3 * time.Second)
		require.Equal(t, []core.IssuerState{{Name: "acme", Keys: 1, Skipped: 2, Asked: began}}, is.States())
		server.will(down)
		pass(25 * time.Hour)
		require.Zero(t, is.States()[0].Keys)
	})
}

func TestStopEndsAFetch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		is := newIssuers(t, slowly(time.Hour, down), t.TempDir(), time.Now, acme())
		require.NoError(t, is.Start(t.Context()))
		synctest.Wait()
		began := time.Now()
		is.Stop()
		require.Zero(t, time.Since(began))
	})
}
