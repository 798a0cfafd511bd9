// Package user is the contract of the user module: who has an account, who may sign in, the keys by which others
// recognise the tokens it issues, and the API keys of programs. It holds no rules; those are the module's own.
package user

import (
	"context"
	"time"
)

// User is an account. Order counts and totals are projections: they follow the order module's events, within moments
// while it is there, and are no part of the profile.
type User struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Email     string    `json:"email"`
	Roles     []string  `json:"roles,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	// Version counts the changes of the profile, from 1.
	Version int64 `json:"version"`
	// OrderCount and OrderTotals, in minor units by currency, count all orders but cancelled ones. A currency without
	// such orders is not in it; a total over math.MaxInt64 is given as that.
	OrderCount  int64            `json:"order_count"`
	OrderTotals map[string]int64 `json:"order_totals"`
}

// Limits of the profile and the password, in characters; that of an address is in bytes, as mail counts.
const (
	MaxName     = 200
	MaxEmail    = 254
	MinPassword = 8
	MaxPassword = 128
)

// Service is what the module answers. Every method may also fail with Unavailable (nothing was begun; trying again is
// safe), DeadlineExceeded and Internal.
type Service interface {
	// Register makes an account. Invalid names the field at fault; Conflict "email_taken" when an account has the
	// address, without regard to case; StorageFull. Not idempotent: a repeat answers "email_taken".
	Register(ctx context.Context, r RegisterRequest) (User, error)

	// Login issues an access token. Unauthenticated "wrong_credentials" for an unknown address and a wrong password
	// alike, in equal time.
	Login(ctx context.Context, r LoginRequest) (Session, error)

	// Keys returns the public keys of tokens that are or will be good: current, previous and next.
	Keys(ctx context.Context, r KeysRequest) (KeySet, error)

	// Get returns an account to itself or to an admin. PermissionDenied for others, whether it exists or not; NotFound.
	Get(ctx context.Context, r GetRequest) (User, error)

	// Update changes the profile's given fields, for the account itself or an admin. PermissionDenied, NotFound,
	// Invalid, Conflict "email_taken"; PreconditionFailed when IfVersion is given and is not the profile's version.
	Update(ctx context.Context, r UpdateRequest) (User, error)

	// Delete removes an account, its API keys and what is known of its orders, for itself or an admin. PermissionDenied,
	// NotFound, PreconditionFailed.
	Delete(ctx context.Context, r DeleteRequest) (DeleteReply, error)

	// List returns accounts to an admin, oldest first. PermissionDenied; Invalid for a bad cursor or limit.
	List(ctx context.Context, r ListRequest) (Page, error)

	// Exists tells modules whether an account exists. An unknown id is no failure.
	Exists(ctx context.Context, r ExistsRequest) (ExistsReply, error)

	// Promote gives the account with this address the admin role, for the operator of a node. It holds from the next
	// sign-in on. NotFound; repeating it does nothing more.
	Promote(ctx context.Context, r PromoteRequest) (User, error)

	// RotateKeys makes the next signing key the current one, for the operator of a node. Tokens of the former one stay
	// good until they expire. Conflict "next_key_too_young" while gateways may not know the next key yet.
	RotateKeys(ctx context.Context, r RotateKeysRequest) (KeySet, error)

	APIKeys
}

// RegisterRequest asks for an account.
type RegisterRequest struct {
	Name     string `json:"name"`
	Email    string `json:"email"`
	Password string `json:"password"`
}

// LoginRequest asks for a token.
type LoginRequest struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

// Session is an access token and how long it is good for, in seconds.
type Session struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"`
}

// KeysRequest asks for the public keys.
type KeysRequest struct{}

// Key is a public Ed25519 key. State is "current", "previous" or "next".
type Key struct {
	ID        string    `json:"id"`
	State     string    `json:"state"`
	Public    []byte    `json:"public"`
	CreatedAt time.Time `json:"created_at"`
}

// KeySet is every public key whose tokens are or will be good.
type KeySet struct {
	Keys []Key `json:"keys"`
}

// GetRequest asks for an account.
type GetRequest struct {
	ID string `json:"id"`
}

// UpdateRequest changes what is not nil. IfVersion 0 asks for no particular version.
type UpdateRequest struct {
	ID        string  `json:"id"`
	Name      *string `json:"name,omitempty"`
	Email     *string `json:"email,omitempty"`
	IfVersion int64   `json:"if_version,omitempty"`
}

// DeleteRequest removes an account. IfVersion 0 asks for no particular version.
type DeleteRequest struct {
	ID        string `json:"id"`
	IfVersion int64  `json:"if_version,omitempty"`
}

// DeleteReply says that it is done.
type DeleteReply struct{}

// ListRequest asks for a page. Limit 0 means contract.DefaultPageLimit.
type ListRequest struct {
	Cursor string `json:"cursor,omitempty"`
	Limit  int    `json:"limit,omitempty"`
}

// Page is a part of the list; NextCursor is empty on the last one.
type Page struct {
	Items      []User `json:"items"`
	NextCursor string `json:"next_cursor,omitempty"`
}

// ExistsRequest names an account.
type ExistsRequest struct {
	ID string `json:"id"`
}

// ExistsReply tells whether there is one.
type ExistsReply struct {
	Exists bool `json:"exists"`
}

// PromoteRequest names an account by its address.
type PromoteRequest struct {
	Email string `json:"email"`
}

// RotateKeysRequest asks for the next key to be used.
type RotateKeysRequest struct{}

// Issuer and Audience are what the module writes into every token and gateways insist on.
const (
	Issuer   = "holon"
	Audience = "holon"
)
