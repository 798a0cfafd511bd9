package core_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/gateway/internal/core"
	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/status"
)

func TestProgramIsWhoItsKeySays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(1, 2)
		own := runs(t, core.NewKeyring(answering(with(key)), t.TempDir()+"/keys.json", every, discard, time.Now))
		g := core.New(core.Params{Keys: own, Programs: newPrograms(t, d, 4), Remembered: 10, Now: time.Now})
		for range 3 {
			p, err := g.Authenticate(t.Context(), apiKey(1))
			require.NoError(t, err)
			require.Equal(t, programOf(1), p)
			require.False(t, p.Admin())
		}
		require.Equal(t, 1, d.questions())
		_, err := g.Authenticate(t.Context(), good().lastingFrom(time.Now(), time.Hour).signed())
		require.NoError(t, err, "and tokens are what they were")
		require.Zero(t, g.Remembered()-1, "keys are not among the tokens")

		for _, bad := range []string{"holon_", "holon_x", apiKey(1) + " ", apiKey(1) + "\n", apiKey(1)[:62], strings.ToUpper(apiKey(1)[6:]),
			"holon_" + strings.Repeat("a", 57), strings.Replace(apiKey(1), "_", "-", 2), "holon_" + good().signed()} {
			_, err := g.Authenticate(t.Context(), bad)
			modulestest.Refused(t, err, status.Unauthenticated, "")
		}
		require.Equal(t, 1, d.questions(), "what is no key is not asked about")
		_, err = g.Authenticate(t.Context(), apiKey(3))
		modulestest.Refused(t, err, status.Unauthenticated, "invalid_api_key")
		_, err = gate(t, nil, time.Now).Authenticate(t.Context(), apiKey(1))
		modulestest.Refused(t, err, status.Unauthenticated, "invalid_token")
	})
}

// A key in use waits once, for its first answer. From then on answers are renewed behind its back, one at a time.
func TestBusyKeyNeverWaits(t *testing.T) {
	t.Parallel()
	for _, takes := range []time.Duration{0, time.Millisecond, 800 * time.Millisecond, 2400 * time.Millisecond} {
		t.Run(takes.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(1)
				d.will(takes, nil)
				p := newPrograms(t, d, 4)
				took, err := use(t.Context(), p, 1)
				require.NoError(t, err)
				require.Equal(t, takes, took)
				for range 6000 {
					took, err := use(t.Context(), p, 1)
					require.NoError(t, err)
					require.Zero(t, took)
					pass(10 * time.Millisecond)
				}
				require.InDelta(t, 60/2.5, d.questions(), 2)
				_, ofOne := d.atOnce()
				require.Equal(t, 1, ofOne)
			})
		})
	}
}

// However a revocation meets the questions under way, five seconds later the key is good nowhere.
func TestRevocationHoldsWithinFiveSeconds(t *testing.T) {
	t.Parallel()
	for _, pause := range []time.Duration{10 * time.Millisecond, 700 * time.Millisecond, 4990 * time.Millisecond} {
		for _, takes := range []time.Duration{0, 300 * time.Millisecond, 2900 * time.Millisecond} {
			synctest.Test(t, func(t *testing.T) {
				var all sync.WaitGroup
				defer all.Wait()
				for when := 7 * time.Second; when < 13*time.Second; when += 133 * time.Millisecond {
					all.Go(func() {
						d := newDesk(1)
						d.will(takes, nil)
						p := newPrograms(t, d, 4)
						began := time.Now()
						time.AfterFunc(when, func() { d.revoke(1) })
						for time.Since(began) < 25*time.Second {
							_, err := use(t.Context(), p, 1)
							if since := time.Since(began) - when; err == nil && since >= 5*time.Second {
								t.Errorf("good %s after it was revoked at %s, used every %s, answers take %s", since, when, pause, takes)
							} else if err != nil && (since < 0 || status.CodeOf(err) != status.Unauthenticated) {
								t.Errorf("refused %s before it was revoked: %v", -since, err)
							}
							pass(pause)
						}
					})
				}
			})
		}
	}
}

// Of an answer the age counts from when it was asked for, not from when it came.
func TestAnswersAgeFromTheQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(1)
		d.will(2*time.Second, nil)
		p := newPrograms(t, d, 4)
		_, err := use(t.Context(), p, 1)
		require.NoError(t, err)
		pass(3*time.Second - 1)
		d.will(0, errAway)
		_, err = use(t.Context(), p, 1)
		require.NoError(t, err)
		pass(1)
		_, err = use(t.Context(), p, 1)
		modulestest.Refused(t, err, status.Unavailable, "api_keys_unchecked")
	})
}

func TestUserModuleAway(t *testing.T) {
	t.Parallel()
	for what, fails := range map[string]struct {
		takes time.Duration
		err   error
	}{
		"away": {0, errAway}, "hanging": {time.Hour, nil}, "faulty": {0, status.New(status.Internal, "", "internal error")},
		"too old for it": {0, status.New(status.Unimplemented, "", "no such method")}, "stopping": {0, context.Canceled},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(1, 2)
				p := newPrograms(t, d, 4)
				_, err := use(t.Context(), p, 1)
				require.NoError(t, err)
				began := time.Now()
				d.will(fails.takes, fails.err)
				for time.Since(began) < 5*time.Second {
					took, err := use(t.Context(), p, 1)
					require.NoError(t, err)
					require.Zero(t, took)
					pass(10 * time.Millisecond)
				}
				require.LessOrEqual(t, d.questions(), 1+11, "nor is a module in trouble asked all the time")
				for _, n := range []int{1, 2, 3} {
					took, err := use(t.Context(), p, n)
					e := modulestest.Refused(t, err, status.Unavailable, "api_keys_unchecked")
					require.Equal(t, "1", e.Details[status.DetailRetryAfter])
					require.LessOrEqual(t, took, 3*time.Second)
				}
				d.will(0, nil)
				pass(3 * time.Second)
				_, err = use(t.Context(), p, 1)
				require.NoError(t, err)
				_, err = use(t.Context(), p, 3)
				modulestest.Refused(t, err, status.Unauthenticated, "invalid_api_key")
			})
		})
	}
}

func TestRefusedKeysAreRememberedForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		p := newPrograms(t, d, 4)
		for range 1000 {
			_, err := use(t.Context(), p, 1)
			modulestest.Refused(t, err, status.Unauthenticated, "invalid_api_key")
			pass(10 * time.Millisecond)
		}
		require.Equal(t, 2, d.questions())

		d.issue(2, time.Time{})
		_, err := use(t.Context(), p, 2)
		require.NoError(t, err)
		d.revoke(2)
		pass(2500 * time.Millisecond)
		_, err = use(t.Context(), p, 2)
		require.NoError(t, err)
		for range 900 {
			synctest.Wait()
			_, err := use(t.Context(), p, 2)
			modulestest.Refused(t, err, status.Unauthenticated, "invalid_api_key")
			pass(10 * time.Millisecond)
		}
		require.Equal(t, 3, d.about(2), "once it is known, the good answer is worth nothing any more")
	})
}

func TestExpiryIsExact(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.issue(1, time.Now().Add(7*time.Second))
		p := newPrograms(t, d, 4)
		for range 7 {
			_, err := use(t.Context(), p, 1)
			require.NoError(t, err)
			pass(time.Second - 1)
			_, err = use(t.Context(), p, 1)
			require.NoError(t, err)
			pass(1)
		}
		asked := d.questions()
		_, err := use(t.Context(), p, 1)
		e := modulestest.Refused(t, err, status.Unauthenticated, "api_key_expired")
		require.NotEmpty(t, e.Details[status.DetailHint])
		require.Equal(t, asked, d.questions(), "that needs no asking")

		d.issue(2, time.Now().Add(time.Second))
		d.will(1500*time.Millisecond, nil)
		_, err = use(t.Context(), p, 2)
		modulestest.Refused(t, err, status.Unauthenticated, "api_key_expired")
	})
}

// oracle answers as it is told.
type oracle func(ctx context.Context, r user.CheckAPIKeyRequest) (user.CheckAPIKeyReply, error)

func (o oracle) CheckAPIKey(ctx context.Context, r user.CheckAPIKeyRequest) (user.CheckAPIKeyReply, error) {
	return o(ctx, r)
}

// An answer that cannot be right is none.
func TestAnswersThatAreNotBelieved(t *testing.T) {
	t.Parallel()
	for what, o := range map[string]oracle{
		"about nobody": func(context.Context, user.CheckAPIKeyRequest) (user.CheckAPIKeyReply, error) {
			return user.CheckAPIKeyReply{Key: keyID(1)}, nil
		},
		"about another key": func(context.Context, user.CheckAPIKeyRequest) (user.CheckAPIKeyReply, error) {
			return user.CheckAPIKeyReply{Subject: "user1", Key: keyID(2)}, nil
		},
		"too late": func(_ context.Context, r user.CheckAPIKeyRequest) (user.CheckAPIKeyReply, error) {
			pass(5 * time.Second)
			return user.CheckAPIKeyReply{Subject: "user1", Key: r.ID}, nil
		},
		"a panic": func(context.Context, user.CheckAPIKeyRequest) (user.CheckAPIKeyReply, error) { panic("boom") },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newPrograms(t, o, 2)
				for range 5 { // more than there are goroutines to lose
					who, err := p.Authenticate(t.Context(), apiKey(1))
					modulestest.Refused(t, err, status.Unavailable, "api_keys_unchecked")
					require.Equal(t, contract.Principal{}, who)
				}
			})
		})
	}
}
