package user

import "holon/transport/contract"

// order is the module that asks whether a user exists.
const order contract.Caller = "order"

// The methods of Service, each with those who may call it.
var (
	Register = contract.Method[RegisterRequest, User]{Name: "user.register",
		Callers: []contract.Caller{contract.Gateway}}
	Login = contract.Method[LoginRequest, Session]{Name: "user.login", Idempotent: true,
		Callers: []contract.Caller{contract.Gateway}}
	Keys = contract.Method[KeysRequest, KeySet]{Name: "user.keys", Idempotent: true,
		Callers: []contract.Caller{contract.Gateway}}
	Get = contract.Method[GetRequest, User]{Name: "user.get", Idempotent: true,
		Callers: []contract.Caller{contract.Gateway}}
	Update = contract.Method[UpdateRequest, User]{Name: "user.update",
		Callers: []contract.Caller{contract.Gateway}}
	Delete = contract.Method[DeleteRequest, DeleteReply]{Name: "user.delete",
		Callers: []contract.Caller{contract.Gateway}}
	List = contract.Method[ListRequest, Page]{Name: "user.list", Idempotent: true,
		Callers: []contract.Caller{contract.Gateway}}
	Exists = contract.Method[ExistsRequest, ExistsReply]{Name: "user.exists", Idempotent: true,
		Callers: []contract.Caller{order}}
	Promote = contract.Method[PromoteRequest, User]{Name: "user.promote", Idempotent: true,
		Callers: []contract.Caller{contract.Node}}
	RotateKeys = contract.Method[RotateKeysRequest, KeySet]{Name: "user.rotate_keys",
		Callers: []contract.Caller{contract.Node}}
	CreateAPIKey = contract.Method[CreateAPIKeyRequest, CreateAPIKeyReply]{Name: "user.create_api_key",
		Callers: []contract.Caller{contract.Node}}
	ListAPIKeys = contract.Method[ListAPIKeysRequest, APIKeyPage]{Name: "user.list_api_keys", Idempotent: true,
		Callers: []contract.Caller{contract.Node}}
	RevokeAPIKey = contract.Method[RevokeAPIKeyRequest, APIKey]{Name: "user.revoke_api_key",
		Callers: []contract.Caller{contract.Node}}
	CheckAPIKey = contract.Method[CheckAPIKeyRequest, CheckAPIKeyReply]{Name: "user.check_api_key", Idempotent: true,
		Callers: []contract.Caller{contract.Gateway}}
)

// Contract is all that the module promises.
var Contract = contract.Contract{Module: "user", Major: 1,
	Methods: []contract.Described{Register, Login, Keys, Get, Update, Delete, List, Exists, Promote, RotateKeys,
		CreateAPIKey, ListAPIKeys, RevokeAPIKey, CheckAPIKey},
	Topics: []contract.AnyTopic{WasCreated, WasUpdated, WasDeleted},
}
