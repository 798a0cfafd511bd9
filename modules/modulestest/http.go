package modulestest

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Request is a request to a node's public API.
type Request struct {
	Method, Path string
	// Token is sent as a bearer token, Header beside it.
	Token  string
	Header map[string]string
	// Body is sent as JSON; a string is sent as it is, nil not at all.
	Body any
}

// Reply is what the public API answered.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends a request to the node's public API.
func (n *Node) Do(t *testing.T, r Request) Reply {
	t.Helper()
	require.NotNil(t, n.API, "the gateway is not among the modules")
	req := httptest.NewRequestWithContext(t.Context(), r.Method, r.Path, body(t, r.Body))
	if r.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.Token != "" {
		req.Header.Set("Authorization", "Bearer "+r.Token)
	}
	for name, value := range r.Header {
		req.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	n.API.ServeHTTP(w, req)
	return Reply{Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()}
}

func body(t *testing.T, b any) io.Reader {
	t.Helper()
	switch b := b.(type) {
	case nil:
		return nil
	case string:
		return strings.NewReader(b)
	}
	raw, err := json.Marshal(b)
	require.NoError(t, err)
	return strings.NewReader(string(raw))
}

// OK requires a status and a JSON object with exactly these names, and returns it.
func (r Reply) OK(t *testing.T, status int, names ...string) map[string]any {
	t.Helper()
	require.Equal(t, status, r.Status, "%s", r.Body)
	require.Equal(t, "application/json", r.Header.Get("Content-Type"))
	object := decode(t, r.Body)
	HasNames(t, object, names...)
	return object
}

// Problem requires a problem of this status and code, and returns it.
func (r Reply) Problem(t *testing.T, status int, code string) map[string]any {
	t.Helper()
	require.Equal(t, status, r.Status, "%s", r.Body)
	require.Equal(t, "application/problem+json", r.Header.Get("Content-Type"))
	object := decode(t, r.Body)
	require.Equal(t, code, object["code"], "%s", r.Body)
	require.EqualValues(t, status, object["status"])
	require.NotEmpty(t, object["detail"])
	require.NotEmpty(t, object["trace_id"])
	return object
}

func decode(t *testing.T, raw []byte) map[string]any {
	t.Helper()
	var object map[string]any
	require.NoError(t, json.Unmarshal(raw, &object), "%s", raw)
	return object
}

// HasNames requires a JSON object to have exactly these names.
func HasNames(t *testing.T, object any, names ...string) {
	t.Helper()
	fields, ok := object.(map[string]any)
	require.True(t, ok, "%v is no JSON object", object)
	require.Equal(t, slices.Sorted(slices.Values(names)), slices.Sorted(maps.Keys(fields)))
}

// Password is that of every account that SignUp makes.
const Password = "correct horse battery"

// SignUp makes an account through the API and signs it in. It needs the user module, and time for two hashes.
func (n *Node) SignUp(t *testing.T, email string) (id, token string) {
	t.Helper()
	made := n.Do(t, Request{Method: http.MethodPost, Path: "/users",
		Body: map[string]string{"name": "Ada", "email": email, "password": Password}})
	require.Equal(t, http.StatusCreated, made.Status, "%s", made.Body)
	id, ok := decode(t, made.Body)["id"].(string)
	require.True(t, ok)
	return id, n.SignIn(t, email)
}

// SignIn returns a new access token for an account that SignUp made.
func (n *Node) SignIn(t *testing.T, email string) (token string) {
	t.Helper()
	session := n.Do(t, Request{Method: http.MethodPost, Path: "/sessions",
		Body: map[string]string{"email": email, "password": Password}})
	require.Equal(t, http.StatusCreated, session.Status, "%s", session.Body)
	token, ok := decode(t, session.Body)["access_token"].(string)
	require.True(t, ok)
	return token
}
