package user

import (
	"context"
	"time"
)

// APIKey is what is known of a key by which a program asks in its owner's place, within the key's scopes. It carries no
// roles: a key is never an admin, whoever its owner is. Its text is not here, because nobody keeps it.
type APIKey struct {
	ID string `json:"id"`
	// Owner is the user's id, OwnerEmail the user's present address.
	Owner      string `json:"owner"`
	OwnerEmail string `json:"owner_email"`
	// Name tells the owner's keys apart.
	Name      string    `json:"name"`
	Scopes    []string  `json:"scopes"`
	CreatedAt time.Time `json:"created_at"`
	// ExpiresAt is zero for a key that never does.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// Limits of API keys. Names are in characters; MaxScope is of what follows the colon.
const (
	MaxAPIKeys    = 100 // of one user, living ones
	MaxAPIKeyName = 64
	MaxScopes     = 32
	MaxScope      = 64
	MinAPIKeyTTL  = time.Second
	MaxAPIKeyTTL  = 10 * 365 * 24 * time.Hour
)

// ScopeKinds returns what a scope may be about. Besides "<kind>:<name>", where a * at the end of the name is for all that
// begin so, there is contract.ScopeAll.
func ScopeKinds() []string { return []string{"module", "registry", "route", "service"} }

// APIKeys is what the module answers about keys of programs.
type APIKeys interface {
	// CreateAPIKey makes a key for the account with this address, for the operator of a node. Invalid names what is wrong
	// with name, scopes or TTL; NotFound "user_not_found"; Conflict "api_key_name_taken" and "too_many_api_keys";
	// StorageFull. Not idempotent: when the reply is lost the key is there and its text is not; revoke it and make another.
	CreateAPIKey(ctx context.Context, r CreateAPIKeyRequest) (CreateAPIKeyReply, error)

	// ListAPIKeys returns the living keys of an account, or of all, for the operator of a node: by account, the oldest
	// first, and by name. NotFound "user_not_found"; Invalid for a bad cursor or limit.
	ListAPIKeys(ctx context.Context, r ListAPIKeysRequest) (APIKeyPage, error)

	// RevokeAPIKey ends a key and returns it as it was, for the operator of a node. NotFound "api_key_not_found", also
	// when it is repeated.
	RevokeAPIKey(ctx context.Context, r RevokeAPIKeyRequest) (APIKey, error)

	// CheckAPIKey tells a gateway whom a key stands for. Unauthenticated "invalid_api_key" for an unknown id, another
	// digest, a revoked key and one whose owner is gone alike; "api_key_expired" only to who has the right digest.
	CheckAPIKey(ctx context.Context, r CheckAPIKeyRequest) (CheckAPIKeyReply, error)
}

// CreateAPIKeyRequest asks for a key. TTL 0 is for one that never expires.
type CreateAPIKeyRequest struct {
	Email  string        `json:"email"`
	Name   string        `json:"name"`
	Scopes []string      `json:"scopes"`
	TTL    time.Duration `json:"ttl_ns,omitempty"`
}

// CreateAPIKeyReply is the only place where a key's text ever is.
type CreateAPIKeyReply struct {
	APIKey APIKey     `json:"api_key"`
	Text   APIKeyText `json:"text"`
}

// ListAPIKeysRequest asks for a page of an account's keys, of all accounts' without an address. Limit 0 means
// contract.DefaultPageLimit.
type ListAPIKeysRequest struct {
	Email  string `json:"email,omitempty"`
	Cursor string `json:"cursor,omitempty"`
	Limit  int    `json:"limit,omitempty"`
}

// APIKeyPage is a part of the list; NextCursor is empty on the last one.
type APIKeyPage struct {
	Items      []APIKey `json:"items"`
	NextCursor string   `json:"next_cursor,omitempty"`
}

// RevokeAPIKeyRequest names a key by its id, never by its text.
type RevokeAPIKeyRequest struct {
	ID string `json:"id"`
}

// CheckAPIKeyRequest is what ParseAPIKey made of a text, which itself stays where it arrived.
type CheckAPIKeyRequest struct {
	ID     string `json:"id"`
	Digest []byte `json:"digest"`
}

// CheckAPIKeyReply is whom a key stands for, in the words of contract.Principal. There are no roles in it.
type CheckAPIKeyReply struct {
	Subject string   `json:"subject"`
	Scopes  []string `json:"scopes"`
	Key     string   `json:"key"`
	// ExpiresAt is zero for a key that never does.
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}
