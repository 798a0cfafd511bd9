package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"holon/transport/status"
)

// How outside issuers are asked.
const (
	fetchTimeout = 5 * time.Second
	fetchSoonest = time.Second      // after the first failure, then twice that, and so on
	fetchLatest  = 30 * time.Second // after many failures
	keepKeys     = 24 * time.Hour   // while the issuer is down: its keys may have been taken back since
)

// Bounds of IssuersParams.Every: issuers are not ours to pester, and a key they take back should not be good for long.
const (
	MinRefresh = 10 * time.Second
	MaxRefresh = 12 * time.Hour
)

// Fetch gets what is at an address, and gives it away. No more than 64 KiB are of use; it need not read on beyond that.
// It is called by one goroutine of each issuer, and ends with ctx.
type Fetch func(ctx context.Context, url string) ([]byte, error)

// IssuersParams are what NewIssuers needs.
type IssuersParams struct {
	// List has issuers that are valid and distinct.
	List  []Issuer
	Fetch Fetch
	// Dir is where keys are kept between starts, a file for each issuer.
	Dir string
	// Every is how often keys are asked for, up to a tenth sooner.
	Every time.Duration
	Log   *slog.Logger
	Now   func() time.Time
}

// Issuers holds the public keys of all outside issuers.
type Issuers struct{ all []*outside }

// outside is an issuer with its keys.
type outside struct {
	Issuer
	ring *ring
}

// NewIssuers returns issuers without keys until Start. It refuses those that are not valid.
func NewIssuers(p IssuersParams) (*Issuers, error) {
	errs := []error{Distinct(p.List)}
	is := &Issuers{}
	for _, i := range p.List {
		if err := i.Validate(); err != nil {
			errs = append(errs, fmt.Errorf("issuer %q: %w", i.Name, err))
		}
		is.all = append(is.all, newOutside(i, p))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return is, nil
}

func newOutside(i Issuer, p IssuersParams) *outside {
	i.Algorithms, i.Roles = slices.Clone(i.Algorithms), slices.Clone(i.Roles)
	h := habits{
		ask: func(ctx context.Context) (keyset, error) {
			raw, err := p.Fetch(ctx, i.JWKS)
			if err != nil {
				return keyset{}, err
			}
			return parseJWKS(raw, i.Algorithms)
		},
		every: p.Every, jitter: true, timeout: fetchTimeout, keep: keepKeys, loud: true,
		again: func(failures int) time.Duration { return min(fetchSoonest<<min(failures-1, 10), fetchLatest) },
		empty: status.New(status.Unavailable, "no_keys", "tokens of issuer %s cannot be checked: it has given this gateway no keys of late", i.Name).
			With(status.DetailRetryAfter, "5"),
	}
	file := issuerFile{path: filepath.Join(p.Dir, "keys-"+i.Name+".json"), issuer: i, now: p.Now}
	return &outside{i, newRing(h, file, p.Log.With("issuer", i.Name), p.Now)}
}

// Start reads the keys of the last run and begins to ask for new ones in the background.
func (is *Issuers) Start(ctx context.Context) error {
	for _, i := range is.all {
		i.ring.start(ctx)
	}
	return nil
}

// Stop ends the asking, in the middle of a question too.
func (is *Issuers) Stop() {
	for _, i := range is.all {
		i.ring.stop()
	}
}

// IssuerState is what an operator may want to know of an issuer.
type IssuerState struct {
	Name string `json:"name"`
	// Keys is how many keys are good now, and Skipped how many of the last answer were of no use.
	Keys    int `json:"keys"`
	Skipped int `json:"keys_of_no_use,omitempty"`
	// Asked is when the answer in use was asked for, zero without one.
	Asked time.Time `json:"asked,omitzero"`
}

// States returns a state for each issuer, as they were listed.
func (is *Issuers) States() []IssuerState {
	states := make([]IssuerState, 0, len(is.all))
	for _, i := range is.all {
		state := IssuerState{Name: i.Name, Keys: len(i.ring.held())}
		if s := i.ring.set.Load(); s != nil {
			state.Skipped, state.Asked = s.skipped, s.asked
		}
		states = append(states, state)
	}
	return states
}
