package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// operation is a route as the OpenAPI document tells it.
type operation struct {
	id, method, path string
	codes            []int
	secured, body    bool
	keyed            bool
}

// operations reads the document.
func operations(t *testing.T, document []byte) []operation {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string                `json:"operationId"`
			Responses   map[string]any        `json:"responses"`
			Security    []map[string][]string `json:"security"`
			RequestBody any                   `json:"requestBody"`
			Parameters  []struct{ Name string }
		} `json:"paths"`
	}
	require.NoError(t, json.Unmarshal(document, &doc))
	var out []operation
	for path, methods := range doc.Paths {
		for method, o := range methods {
			op := operation{id: o.OperationID, method: strings.ToUpper(method), path: path, secured: len(o.Security) > 0, body: o.RequestBody != nil}
			for _, p := range o.Parameters {
				op.keyed = op.keyed || p.Name == "Idempotency-Key"
			}
			for text := range o.Responses {
				code, err := strconv.Atoi(text)
				require.NoError(t, err, "%s documents the answer %q", op.id, text)
				op.codes = append(op.codes, code)
			}
			slices.Sort(op.codes)
			out = append(out, op)
		}
	}
	slices.SortFunc(out, func(x, y operation) int { return strings.Compare(x.id, y.id) })
	return out
}

// census asks a handler and keeps which operation answered what.
type census struct {
	t    *testing.T
	h    http.Handler
	ops  []operation
	seen map[string]map[int]bool
	// told is given every answer; it may be nil.
	told func(request, *httptest.ResponseRecorder)
}

var template = regexp.MustCompile(`\{[^}]+\}`)

func newCensus(t *testing.T, ops []operation) *census {
	c := &census{t: t, ops: ops, seen: make(map[string]map[int]bool)}
	for _, op := range ops {
		c.seen[op.id] = make(map[int]bool)
	}
	return c
}

// request is what is asked; the zero body is none.
type request struct {
	method, path, token string
	body                io.Reader
	headers             []string
}

// ask sends a request, writes down the answer under its operation and returns it.
func (c *census) ask(r request) *httptest.ResponseRecorder {
	c.t.Helper()
	hr := httptest.NewRequestWithContext(c.t.Context(), r.method, r.path, r.body)
	if r.body != nil {
		hr.Header.Set("Content-Type", "application/json")
	}
	if r.token != "" {
		hr.Header.Set("Authorization", "Bearer "+r.token)
	}
	for i := 0; i < len(r.headers); i += 2 {
		hr.Header.Set(r.headers[i], r.headers[i+1])
	}
	w := httptest.NewRecorder()
	c.h.ServeHTTP(w, hr)
	op := c.operation(r.method, hr.URL.Path)
	c.seen[op.id][w.Code] = true
	require.Contains(c.t, op.codes, w.Code, "%s answers what its document does not say: %s", op.id, w.Body)
	if c.told != nil {
		c.told(r, w)
	}
	return w
}

// expect is ask with a code.
func (c *census) expect(code int, r request) *httptest.ResponseRecorder {
	c.t.Helper()
	w := c.ask(r)
	require.Equal(c.t, code, w.Code, "%s %s: %s", r.method, r.path, w.Body)
	return w
}

func (c *census) operation(method, path string) operation {
	c.t.Helper()
	// A literal segment wins over a parameter, as it does in the mux.
	best := -1
	for i, op := range c.ops {
		pattern := "^" + template.ReplaceAllString(strings.ReplaceAll(op.path, ".", `\.`), "[^/]+") + "$"
		if op.method == method && regexp.MustCompile(pattern).MatchString(path) && (best < 0 || !strings.Contains(op.path, "{")) {
			best = i
		}
	}
	require.GreaterOrEqual(c.t, best, 0, "%s %s is no operation of the document", method, path)
	return c.ops[best]
}

// complete fails for every documented code that was not seen.
func (c *census) complete() { c.completeBut() }

// completeBut leaves some codes out.
func (c *census) completeBut(codes ...int) {
	c.t.Helper()
	for _, op := range c.ops {
		for _, code := range op.codes {
			if slices.Contains(codes, code) || slices.Contains(elsewhere[op.id], code) {
				continue
			}
			require.True(c.t, c.seen[op.id][code], "%s documents %d and no test produces it", op.id, code)
		}
	}
}

// brokenBody fails in the middle, as a connection does.
type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, errors.New("connection reset") }
