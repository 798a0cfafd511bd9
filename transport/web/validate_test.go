package web_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/web"
)

// accountIn has what contracts have: texts with limits, a secret, numbers, a list of structs.
type accountIn struct {
	Page int `query:"page" minimum:"1"`
	Body struct {
		Email    string `json:"email" format:"email"`
		Password string `json:"password" minLength:"8"`
		Age      int64  `json:"age,omitempty" minimum:"0"`
		Items    []struct {
			SKU      string `json:"sku" minLength:"1"`
			Quantity int64  `json:"quantity" minimum:"1"`
		} `json:"items,omitempty" maxItems:"2"`
	}
}

func accounts(t testing.TB) *edge {
	return newEdge(t, func(a *web.API) {
		web.Add(a, public("POST", "/accounts"), func(context.Context, *accountIn) (*struct{}, error) { return nil, nil })
	})
}

const goodAccount = `{"email":"ada@example.com","password":"correct horse"}`

func TestInvalidRequestNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, query, body string
		location, message string
	}{
		{"too short", "", `{"email":"ada@example.com","password":"hunter2"}`, "body.password", "expected length >= 8"},
		{"missing", "", `{"email":"ada@example.com"}`, "body", "password to be present"},
		{"another type", "", `{"email":"ada@example.com","password":["hunter2secret"]}`, "body.password", "expected string"},
		{"null", "", `{"email":"ada@example.com","password":null}`, "body.password", "expected string"},
		{"unknown field", "", `{"email":"ada@example.com","password":"hunter2secret","admin":true}`, "body.admin", "unexpected property"},
		{"field in other letters", "", `{"email":"ada@example.com","password":"hunter2secret","PASSWORD":"x"}`,
			"body.PASSWORD", "unexpected property"},
		{"no address", "", `{"email":"hunter2secret","password":"hunter2secret"}`, "body.email", "expected string to be RFC 5322 email"},
		{"two addresses", "", `{"email":"ada@example.com hunter2secret","password":"hunter2secret"}`,
			"body.email", "expected string to be RFC 5322 email"},
		{"deep inside", "", `{"email":"a@b.c","password":"hunter2secret","items":[{"sku":"x","quantity":1},{"sku":"","quantity":1}]}`,
			"body.items[1].sku", "expected length >= 1"},
		{"number beyond the type", "", `{"email":"a@b.c","password":"hunter2secret","age":18446744073709551616}`,
			"body", "the number of age is out of range or not whole"},
		{"number with a point", "", `{"email":"a@b.c","password":"hunter2secret","items":[{"sku":"x","quantity":1.0}]}`,
			"body", "the number of items.quantity is out of range or not whole"},
		{"half a thing", "", `{"email":"a@b.c","password":"hunter2secret","age":1.5}`, "body.age", "expected integer"},
		{"not an object", "", `["hunter2secret"]`, "body", "expected object"},
		{"unknown parameter", "?password=hunter2secret", goodAccount, "query.password", "unknown query parameter"},
		{"bad parameter", "?page=hunter2secret", goodAccount, "query.page", "invalid integer"},
		{"parameter below its limit", "?page=0", goodAccount, "query.page", "expected number >= 1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := accounts(t).do(t, "POST", "/accounts"+row.query, text(row.body))
			require.NotContains(t, w.Body.String(), "hunter2", "values are not repeated")
			require.NotContains(t, w.Body.String(), "accountIn", "our types are nobody's business")
			p := problemOf(t, 422, w)
			require.Equal(t, "invalid", p.Code)
			require.Equal(t, "validation failed", p.Detail)
			require.Len(t, p.Errors, 1)
			require.Equal(t, row.location, p.Errors[0].Location)
			require.Contains(t, p.Errors[0].Message, row.message)
		})
	}
}

func TestGoodRequestPasses(t *testing.T) {
	t.Parallel()
	require.Equal(t, 204, accounts(t).do(t, "POST", "/accounts?page=2", text(goodAccount)).Code)
}

func TestEveryFaultIsTold(t *testing.T) {
	t.Parallel()
	p := accounts(t).refused(t, 422, "POST", "/accounts?page=0", text(`{"email":"x","password":"y"}`))
	require.Len(t, p.Errors, 3)
}

func TestNullIsNoList(t *testing.T) {
	t.Parallel()
	type listIn struct {
		Body struct {
			Items []string `json:"items"`
		}
	}
	e := newEdge(t, func(a *web.API) {
		web.Add(a, public("POST", "/lists"), func(context.Context, *listIn) (*struct{}, error) { return nil, nil })
	})
	require.Equal(t, 204, e.do(t, "POST", "/lists", text(`{"items":[]}`)).Code)
	require.Equal(t, "body.items", e.refused(t, 422, "POST", "/lists", text(`{"items":null}`)).Errors[0].Location)
}
