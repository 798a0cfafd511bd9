package core

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/status"
)

// Account is what the module keeps of a user. It never leaves the module; user.User does.
type Account struct {
	ID, Name, Email string
	PasswordHash    string
	Admin           bool
	Version         int64
	CreatedAt       time.Time
	UpdatedAt       time.Time
	// Orders are what the account has ordered. Only OrderChanged writes them.
	Orders Sums
}

// What a Store answers beside its own faults.
var (
	// ErrNotFound means there is no such row.
	ErrNotFound = errors.New("not found")
	// ErrEmailTaken means another account has the address.
	ErrEmailTaken = errors.New("email taken")
	// ErrKeyNameTaken means the account has an API key of this name.
	ErrKeyNameTaken = errors.New("name of an API key taken")
)

// Store keeps the rows. View reads, Update writes: what fn did is kept when fn and Update return nil, and never
// otherwise. Join runs fn in the transaction that ctx belongs to; whoever gets an error returns it.
type Store interface {
	View(ctx context.Context, fn func(context.Context, Rows) error) error
	Update(ctx context.Context, fn func(context.Context, Rows) error) error
	Join(ctx context.Context, fn func(context.Context, Rows) error) error
}

// Rows are the operations inside View, Update and Join. Addresses are compared without regard to case.
type Rows interface {
	Account(ctx context.Context, id string) (Account, error)
	AccountByEmail(ctx context.Context, email string) (Account, error)
	AccountsAfter(ctx context.Context, id string, limit int) ([]Account, error)
	// Insert and Save keep everything but what was ordered.
	Insert(ctx context.Context, a Account) error
	Save(ctx context.Context, a Account) error
	// Remove removes an account with its orders and API keys.
	Remove(ctx context.Context, id string) error

	// Order returns the sums of an account's orders and what is kept of one of them, with version 0 for nothing.
	// ErrNotFound says that there is no such account.
	Order(ctx context.Context, userID, id string) (Sums, Order, error)
	PutOrder(ctx context.Context, o Order) error
	SaveSums(ctx context.Context, userID string, s Sums) error

	SigningKeys(ctx context.Context) ([]SigningKey, error)
	PutSigningKey(ctx context.Context, k SigningKey) error
	RemoveSigningKey(ctx context.Context, id string) error

	APIKeyRows
}

// Settings are what an operator may change.
type Settings struct {
	// TokenTTL is how long an access token is good.
	TokenTTL time.Duration
	// KeyLead is how long a next key must have been published before it may sign.
	KeyLead time.Duration
	// Hashes is how many passwords are hashed at once; each takes 19 MiB.
	Hashes int
}

// Core is the module.
type Core struct {
	store    Store
	facts    Announcer
	settings Settings
	hasher   *hasher
	now      func() time.Time
	// signer is the current key. It changes with a rotation, and rotating is held until it has.
	signer   atomic.Pointer[SigningKey]
	rotating sync.Mutex
}

// New returns the module's rules over a store. now is the clock, time.Now but in tests.
func New(store Store, facts Announcer, s Settings, now func() time.Time) (*Core, error) {
	h, err := newHasher(s.Hashes)
	if err != nil {
		return nil, err
	}
	return &Core{store: store, facts: facts, settings: s, hasher: h, now: now}, nil
}

// stamp is the present as it is stored and sent: UTC with microseconds.
func (c *Core) stamp() time.Time { return c.now().UTC().Truncate(time.Microsecond) }

// allow refuses whoever is neither the account itself nor an admin. It does not look whether the account exists, so
// that the answer tells nothing about it.
func allow(ctx context.Context, id string) error {
	p := contract.PrincipalOf(ctx)
	if p.Subject != "" && (p.Subject == id || p.Admin()) {
		return nil
	}
	return status.New(status.PermissionDenied, "", "only the account itself or an admin may do this")
}

func allowAdmin(ctx context.Context) error {
	if contract.PrincipalOf(ctx).Admin() {
		return nil
	}
	return status.New(status.PermissionDenied, "", "only an admin may do this").
		With(status.DetailHint, "holon user promote EMAIL makes an admin, from the next sign-in on")
}

// public is the account as others see it.
func (a Account) public() user.User {
	u := user.User{
		ID: a.ID, Name: a.Name, Email: a.Email, CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt, Version: a.Version,
		OrderTotals: make(map[string]int64, len(a.Orders)),
	}
	for _, s := range a.Orders {
		u.OrderCount += s.Orders
		u.OrderTotals[s.Currency] = s.total()
	}
	if a.Admin {
		u.Roles = []string{contract.RoleAdmin}
	}
	return u
}

// failure gives the store's answers their meaning for a caller.
func failure(err error) error {
	switch {
	case errors.Is(err, ErrNotFound):
		return status.New(status.NotFound, "user_not_found", "there is no such user")
	case errors.Is(err, ErrEmailTaken):
		return status.New(status.Conflict, "email_taken", "another user has this e-mail address").
			With(status.DetailHint, "sign in instead, or use another address")
	default:
		return err
	}
}
