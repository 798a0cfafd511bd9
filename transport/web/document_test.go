package web_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/status"
	"holon/transport/web"
)

type bookOut struct {
	Body struct {
		Title string `json:"title"`
	}
}

// library is an edge with a route of every kind.
func library(t *testing.T) *edge {
	return newEdge(t, func(a *web.API) {
		read := func(context.Context, *struct{}) (*bookOut, error) { return &bookOut{}, nil }
		write := func(context.Context, *titleIn) (*bookOut, error) { return &bookOut{}, nil }
		web.Add(a, web.Route{Method: "GET", Path: "/health", ID: "get-health", Access: web.Public, Alone: true}, read)
		web.Add(a, web.Route{Method: "GET", Path: "/books", ID: "list-books", Codes: []status.Code{status.PermissionDenied}}, read)
		web.Add(a, web.Route{Method: "POST", Path: "/books", ID: "add-book", Summary: "Add a book", About: "One at a time.",
			Keyed: true, Status: 201, Codes: []status.Code{status.Conflict}}, write)
		web.Add(a, web.Route{Method: "PUT", Path: "/books", ID: "replace-books"}, write)
		web.Add(a, web.Route{Method: "POST", Path: "/books/burn", ID: "burn-books", Access: web.Public}, ok)
		web.Add(a, web.Route{Method: "DELETE", Path: "/books", ID: "delete-books", Alone: true, Status: 204}, ok)
	})
}

// document is what the tests look at of OpenAPI.
type document struct {
	OpenAPI string `json:"openapi"`
	Info    struct{ Title, Version string }
	Paths   map[string]map[string]struct {
		OperationID, Summary, Description string
		Tags                              []string
		Security                          []map[string][]string
		Parameters                        []struct{ Name, In string }
		Responses                         map[string]struct {
			Description string
			Content     map[string]any
		}
	}
	Components struct {
		Schemas         map[string]any
		SecuritySchemes map[string]struct{ Type, Scheme string }
	}
}

func documentOf(t *testing.T, e *edge) document {
	t.Helper()
	var d document
	require.NoError(t, json.Unmarshal(e.Document(), &d))
	return d
}

func TestDocumentListsExactlyTheDeclaredCodes(t *testing.T) {
	t.Parallel()
	d := documentOf(t, library(t))
	require.Equal(t, "3.1.0", d.OpenAPI)
	for _, row := range []struct {
		method, path string
		codes        []string
	}{
		{"get", "/health", []string{"200", "422"}},
		{"get", "/books", []string{"200", "401", "403", "422", "503", "504"}},
		{"post", "/books", []string{"201", "400", "401", "409", "413", "415", "422", "503", "504"}},
		{"put", "/books", []string{"200", "400", "401", "413", "415", "422", "503", "504"}},
		{"post", "/books/burn", []string{"204", "400", "413", "422", "503", "504"}},
		{"delete", "/books", []string{"204", "401", "422", "503"}},
	} {
		responses := d.Paths[row.path][row.method].Responses
		require.Equal(t, row.codes, slices.Sorted(maps.Keys(responses)), "%s %s", row.method, row.path)
		for code, r := range responses {
			require.NotEmpty(t, r.Description)
			_, problem := r.Content["application/problem+json"]
			require.Equal(t, code >= "400", problem, "%s %s %s", row.method, row.path, code)
		}
	}
}

func TestDocumentDescribesARoute(t *testing.T) {
	t.Parallel()
	d := documentOf(t, library(t))
	require.Equal(t, "test", d.Info.Title)
	require.Equal(t, "bearer", d.Components.SecuritySchemes["bearer"].Scheme)
	require.Contains(t, d.Components.Schemas, "Problem")
	add := d.Paths["/books"]["post"]
	require.Equal(t, "add-book", add.OperationID)
	require.Equal(t, "Add a book", add.Summary)
	require.Equal(t, "One at a time.", add.Description)
	require.Equal(t, []string{"books"}, add.Tags)
	require.Equal(t, []map[string][]string{{"bearer": {}}}, add.Security)
	require.Equal(t, "Idempotency-Key", add.Parameters[0].Name)
	require.Empty(t, d.Paths["/health"]["get"].Security)
	require.Empty(t, d.Paths["/books"]["put"].Parameters)
}

func TestAnswersCarryNoSchemaLinks(t *testing.T) {
	t.Parallel()
	e := library(t)
	require.NotContains(t, string(e.Document()), "$schema")
	w := e.do(t, "GET", "/health", nil)
	require.JSONEq(t, `{"title":""}`, w.Body.String())
	require.Empty(t, w.Header().Get("Link"))
}

func TestDocumentIsServed(t *testing.T) {
	t.Parallel()
	e := library(t)
	w := e.do(t, "GET", "/openapi.json", nil)
	require.Equal(t, 200, w.Code)
	require.Equal(t, "application/openapi+json", w.Header().Get("Content-Type"))
	require.Equal(t, e.Document(), w.Body.Bytes())
}
