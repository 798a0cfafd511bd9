package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"

	"holon/modules/registry"
	"holon/transport/contract"
	"holon/transport/status"
)

// tagged is an answer with an ETag. One of status 304 has no body.
type tagged[T any] struct {
	Status int
	ETag   string `header:"ETag"`
	Body   T
}

// tag names an answer by its content, and leaves out what the client has.
func tag[T any](body T, known string) (*tagged[T], error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	out := &tagged[T]{Status: http.StatusOK, ETag: `"` + hex.EncodeToString(sum[:12]) + `"`, Body: body}
	for one := range strings.SplitSeq(known, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == out.ETag || one == "*" {
			out.Status = http.StatusNotModified
		}
	}
	return out, nil
}

// servicesList names the list of services in its cursors.
const servicesList = "services"

func position(cursor string, asked int) (after string, limit int, err error) {
	if limit, err = contract.PageLimit(asked); err != nil {
		return "", 0, status.New(status.Invalid, "", "%v", err)
	}
	if after, err = contract.DecodeCursor(servicesList, cursor); err != nil {
		return "", 0, status.New(status.Invalid, "invalid_cursor", "the cursor is %v", err)
	}
	return after, limit, nil
}

func next(r registry.ListReply) string {
	if !r.More || len(r.Services) == 0 {
		return ""
	}
	return contract.EncodeCursor(servicesList, r.Services[len(r.Services)-1].Name)
}
