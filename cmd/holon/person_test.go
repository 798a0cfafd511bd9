package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// person uses the public API of a process.
type person struct {
	t     testing.TB
	url   string
	token string
}

// answer is what came back.
type answer struct {
	code   int
	header http.Header
	raw    []byte
}

// field returns a string field of a JSON answer.
func (a answer) field(t testing.TB, name string) string {
	t.Helper()
	var m map[string]any
	require.NoError(t, json.Unmarshal(a.raw, &m), "%s", a.raw)
	s, _ := m[name].(string)
	return s
}

// try asks and returns an error where the connection breaks. headers are name and value by turns.
func (p *person) try(method, path, body string, headers ...string) (answer, error) {
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, bytes.NewBufferString(body))
	if err != nil {
		return answer{}, err
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	return answer{resp.StatusCode, resp.Header, raw}, resp.Body.Close()
}

// ask asks, expects a code and returns the answer.
func (p *person) ask(code int, method, path, body string, headers ...string) answer {
	p.t.Helper()
	a, err := p.try(method, path, body, headers...)
	require.NoError(p.t, err)
	require.Equal(p.t, code, a.code, "%s %s: %s", method, path, a.raw)
	return a
}

// register makes an account and signs in; it returns the account's id.
func (p *person) register(email string) string {
	p.t.Helper()
	a := p.ask(201, "POST", "/users", `{"name":"Ada Lovelace","email":"`+email+`","password":"correct horse"}`)
	p.signIn(email)
	return a.field(p.t, "id")
}

func (p *person) signIn(email string) {
	p.t.Helper()
	a := p.ask(201, "POST", "/sessions", `{"email":"`+email+`","password":"correct horse"}`)
	p.token = a.field(p.t, "access_token")
}
