package main

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"holon/modules/registry"
	"holon/modules/user"
	"holon/transport/status"
	"holon/transport/web"
)

// operator is what the admin port does on behalf of the node's owner.
type operator struct {
	users    user.Service
	registry registry.Service
}

// maxOrder bounds the body of an operator's request, in bytes.
const maxOrder = 64 << 10

// promote and rotateKeys are verbs: they take a JSON body and give one back.
func (o *operator) promote(ctx context.Context, body []byte) (any, error) {
	var r user.PromoteRequest
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, status.New(status.Malformed, "", "the body is not JSON: %v", err)
	}
	return o.users.Promote(ctx, r)
}

func (o *operator) rotateKeys(ctx context.Context, _ []byte) (any, error) {
	return o.users.RotateKeys(ctx, user.RotateKeysRequest{})
}

// maxLogged is how much of an order goes into the log, in bytes. None holds a secret.
const maxLogged = 512

func brief(order []byte) string {
	order = bytes.TrimSpace(order)
	return string(order[:min(len(order), maxLogged)])
}

// verb puts a verb on the admin port, for whoever can read the node's token, and writes down that it was used, and by
// whom as they say themselves.
func (n *node) verb(name string, do func(context.Context, []byte) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if subtle.ConstantTimeCompare([]byte(token), []byte(n.in.Folder.token)) != 1 {
			web.WriteProblem(w, r, status.New(status.Unauthenticated, "", "changing verbs need the token of the node's folder").
				With(status.DetailHint, "give the node's data dir with --data-dir DIR, as a user who may read it"))
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, maxOrder))
		if err != nil {
			web.WriteProblem(w, r, status.New(status.Malformed, "", "the body could not be read"))
			return
		}
		reply, err := do(r.Context(), body)
		if err != nil {
			web.WriteProblem(w, r, err)
			return
		}
		n.in.Log.Info("operator's verb done", "verb", name, "order", brief(body), "by", r.UserAgent())
		writeJSON(w, http.StatusOK, reply)
	}
}
