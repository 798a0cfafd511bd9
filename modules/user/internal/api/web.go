package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"holon/modules/user"
	"holon/transport/status"
	"holon/transport/web"
)

// NewSurface returns the module's routes over its client.
func NewSurface(s user.Service) web.Surface {
	r := &routes{s}
	return web.Surface{Module: "user", Routes: func(a *web.API) {
		web.Add(a, web.Route{Method: http.MethodPost, Path: "/users", ID: "register", Summary: "Make an account",
			Access: web.Public, Status: http.StatusCreated,
			Codes: []status.Code{status.Conflict, status.StorageFull}}, r.register)
		web.Add(a, web.Route{Method: http.MethodGet, Path: "/users", ID: "list-users", Summary: "List accounts",
			About: "For admins; oldest first.",
			Codes: []status.Code{status.PermissionDenied}}, r.list)
		web.Add(a, web.Route{Method: http.MethodGet, Path: "/users/{id}", ID: "get-user", Summary: "Read an account",
			About: "For the account itself and admins. The ETag is of the profile alone, for If-Match.",
			Codes: []status.Code{status.PermissionDenied, status.NotFound}}, r.get)
		web.Add(a, web.Route{Method: http.MethodPatch, Path: "/users/{id}", ID: "update-user", Summary: "Change a profile",
			About: "For the account itself and admins. With If-Match it is changed only if its ETag is still that.",
			Codes: []status.Code{status.PermissionDenied, status.NotFound, status.Conflict, status.PreconditionFailed,
				status.StorageFull}}, r.update)
		web.Add(a, web.Route{Method: http.MethodDelete, Path: "/users/{id}", ID: "delete-user", Summary: "Delete an account",
			About: "For the account itself and admins.", Status: http.StatusNoContent,
			Codes: []status.Code{status.PermissionDenied, status.NotFound, status.PreconditionFailed, status.StorageFull}}, r.delete)
		web.Add(a, web.Route{Method: http.MethodPost, Path: "/sessions", ID: "sign-in", Summary: "Sign in",
			About:  "Returns an access token for the Authorization header of other requests.",
			Access: web.Public, Status: http.StatusCreated,
			Codes: []status.Code{status.Unauthenticated}}, r.login)
		web.Add(a, web.Route{Method: http.MethodGet, Path: "/.well-known/jwks.json", ID: "get-keys",
			Summary: "Read the public keys of access tokens", About: "RFC 7517: current, previous and next.",
			Access: web.Public}, r.keys)
	}}
}

type routes struct{ s user.Service }

// profile is an account as the public sees it.
type profile struct {
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Email       string           `json:"email"`
	CreatedAt   time.Time        `json:"created_at"`
	UpdatedAt   time.Time        `json:"updated_at"`
	OrderCount  int64            `json:"order_count" doc:"Orders that were not cancelled. It follows them within moments."`
	OrderTotals map[string]int64 `json:"order_totals" doc:"What these orders come to, in minor units by currency."`
}

func profileOf(u user.User) profile {
	return profile{ID: u.ID, Name: u.Name, Email: u.Email, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt,
		OrderCount: u.OrderCount, OrderTotals: u.OrderTotals}
}

type profileOut struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     profile
}

type registerIn struct {
	Body struct {
		Name     string `json:"name" minLength:"1" maxLength:"200" example:"Ada Lovelace"`
		Email    string `json:"email" format:"email" maxLength:"254" example:"ada@example.com"`
		Password string `json:"password" minLength:"8" maxLength:"128" example:"correct horse"`
	}
}

func (r *routes) register(ctx context.Context, in *registerIn) (*profileOut, error) {
	u, err := r.s.Register(ctx, user.RegisterRequest{Name: in.Body.Name, Email: in.Body.Email, Password: in.Body.Password})
	return &profileOut{ETag: etag(u.Version), Location: "/users/" + u.ID, Body: profileOf(u)}, err
}

// Target names an account. It is exported, as Condition is, because huma looks into no other embedded struct.
type Target struct {
	ID string `path:"id" maxLength:"64"`
}

func (r *routes) get(ctx context.Context, in *Target) (*profileOut, error) {
	u, err := r.s.Get(ctx, user.GetRequest{ID: in.ID})
	return &profileOut{ETag: etag(u.Version), Body: profileOf(u)}, err
}

type updateIn struct {
	Target
	Condition
	Body struct {
		Name  *string `json:"name,omitempty" minLength:"1" maxLength:"200"`
		Email *string `json:"email,omitempty" format:"email" maxLength:"254"`
	}
}

func (r *routes) update(ctx context.Context, in *updateIn) (*profileOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	u, err := r.s.Update(ctx, user.UpdateRequest{ID: in.ID, Name: in.Body.Name, Email: in.Body.Email, IfVersion: version})
	return &profileOut{ETag: etag(u.Version), Body: profileOf(u)}, err
}

type deleteIn struct {
	Target
	Condition
}

func (r *routes) delete(ctx context.Context, in *deleteIn) (*struct{}, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	_, err = r.s.Delete(ctx, user.DeleteRequest{ID: in.ID, IfVersion: version})
	return nil, err
}

type pageIn struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"512" doc:"next_cursor of the page before."`
}

type pageOut struct {
	Body struct {
		Items      []profile `json:"items"`
		NextCursor string    `json:"next_cursor" doc:"Empty on the last page."`
	}
}

func (r *routes) list(ctx context.Context, in *pageIn) (*pageOut, error) {
	page, err := r.s.List(ctx, user.ListRequest{Cursor: in.Cursor, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &pageOut{}
	out.Body.NextCursor = page.NextCursor
	out.Body.Items = make([]profile, len(page.Items))
	for i, u := range page.Items {
		out.Body.Items[i] = profileOf(u)
	}
	return out, nil
}

// etag names a version of the profile. Projections change the body and not the profile, so it serves If-Match alone.
func etag(version int64) string { return strconv.Quote("v" + strconv.FormatInt(version, 10)) }

// Condition is what a change may insist on.
type Condition struct {
	IfMatch string `header:"If-Match" doc:"An ETag of GET or PATCH: change nothing if it is no longer that."`
}

// version is what If-Match insists on: 0 for nothing and for *, -1, which no profile has, for an ETag not of ours.
func (i Condition) version() (int64, error) {
	switch {
	case i.IfMatch == "" || i.IfMatch == "*":
		return 0, nil
	case strings.Contains(i.IfMatch, ","):
		return 0, status.New(status.Invalid, "", "If-Match must name one ETag")
	}
	name := strings.Trim(i.IfMatch, `"`)
	version, err := strconv.ParseInt(strings.TrimPrefix(name, "v"), 10, 64)
	if err != nil || version < 1 || strconv.Quote(name) != etag(version) {
		return -1, nil
	}
	return version, nil
}
