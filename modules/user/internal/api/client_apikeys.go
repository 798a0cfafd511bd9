package api

import (
	"context"

	"holon/modules/user"
	"holon/transport/rpc"
)

// apiKeys is the part of the client that is about keys of programs.
type apiKeys struct {
	create func(context.Context, user.CreateAPIKeyRequest) (user.CreateAPIKeyReply, error)
	list   func(context.Context, user.ListAPIKeysRequest) (user.APIKeyPage, error)
	revoke func(context.Context, user.RevokeAPIKeyRequest) (user.APIKey, error)
	check  func(context.Context, user.CheckAPIKeyRequest) (user.CheckAPIKeyReply, error)
}

func newAPIKeys(l rpc.Link) apiKeys {
	return apiKeys{
		create: rpc.Bind(l, user.CreateAPIKey),
		list:   rpc.Bind(l, user.ListAPIKeys),
		revoke: rpc.Bind(l, user.RevokeAPIKey),
		check:  rpc.Bind(l, user.CheckAPIKey),
	}
}

// CreateAPIKey calls user.create_api_key.
func (k *apiKeys) CreateAPIKey(ctx context.Context, r user.CreateAPIKeyRequest) (user.CreateAPIKeyReply, error) {
	return k.create(ctx, r)
}

// ListAPIKeys calls user.list_api_keys.
func (k *apiKeys) ListAPIKeys(ctx context.Context, r user.ListAPIKeysRequest) (user.APIKeyPage, error) {
	return k.list(ctx, r)
}

// RevokeAPIKey calls user.revoke_api_key.
func (k *apiKeys) RevokeAPIKey(ctx context.Context, r user.RevokeAPIKeyRequest) (user.APIKey, error) {
	return k.revoke(ctx, r)
}

// CheckAPIKey calls user.check_api_key.
func (k *apiKeys) CheckAPIKey(ctx context.Context, r user.CheckAPIKeyRequest) (user.CheckAPIKeyReply, error) {
	return k.check(ctx, r)
}

var _ user.APIKeys = (*apiKeys)(nil)
