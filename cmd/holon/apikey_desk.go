package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"

	"holon/transport/status"
)

// mountAPIKeys adds the desk's paths. Listing is a verb like the others: it shows addresses.
func (n *node) mountAPIKeys(mux *http.ServeMux) {
	users := n.in.Operator.users
	mux.HandleFunc("POST /user/create-api-key", n.verb("apikey create", asVerb(users.CreateAPIKey)))
	mux.HandleFunc("POST /user/list-api-keys", n.verb("apikey ls", asVerb(users.ListAPIKeys)))
	mux.HandleFunc("POST /user/revoke-api-key", n.verb("apikey revoke", asVerb(users.RevokeAPIKey)))
}

// asVerb takes the request of a method as JSON. A field that it does not know is refused: a lifetime that is misspelt
// would be for ever.
func asVerb[Req, Resp any](do func(context.Context, Req) (Resp, error)) func(context.Context, []byte) (any, error) {
	return func(ctx context.Context, body []byte) (any, error) {
		var r Req
		d := json.NewDecoder(bytes.NewReader(body))
		d.DisallowUnknownFields()
		if err := d.Decode(&r); err != nil {
			return nil, status.New(status.Malformed, "", "the body is not the JSON that this takes: %v", err)
		}
		return do(ctx, r)
	}
}
