package webtest

import (
	"math/rand/v2"
	"strings"
)

// garbage is a body that is JSON, or nearly, or not at all, and never what a route asks for.
func garbage(rng *rand.Rand) string {
	deep := 1 + rng.IntN(20_000)
	name := pick(rng, []string{"email", "password", "title", "items", "sku", "quantity", "currency", "id", "", "\u0000"})
	return pick(rng, []string{
		"", " ", "null", "true", "0", `""`, "[]", "{}", "{", "}", `{"`, "{'a':1}", "// x", "\xef\xbb\xbf{}", "\xff\xfe{\x00}\x00", "<xml/>", "a=b&c=d",
		strings.Repeat("[", deep), strings.Repeat("[", deep) + strings.Repeat("]", deep), strings.Repeat(`{"a":`, deep) + "1" + strings.Repeat("}", deep),
		`{"` + name + `":1,"` + name + `":2}`, `{"` + name + `":1e400}`, `{"` + name + `":-0}`, `{"` + name + `":` + strings.Repeat("9", deep) + `}`,
		`{"` + name + `":0.` + strings.Repeat("0", deep) + `1}`, `{"` + name + `":NaN}`, `{"` + name + `":"` + "\xff\xfe" + `"}`,
		`{"` + name + `":"\ud800"}`, `{"` + name + `":"\u0000"}`, `{"` + name + `":"` + "\x00" + `"}`, `{"` + name + `":"` + strings.Repeat("x", deep) + `"}`,
		`{"` + name + `":null}`, `{"` + name + `":[]}`, `{"` + name + `":{}}`, `{"` + name + `":[null]}`, `{"` + name + `":[{"sku":1,"quantity":"1"}]}`,
		`{"` + strings.ToUpper(name) + `":1}`, `{"` + strings.Repeat("k", deep) + `":1}`, `{"` + name + `":1}{"` + name + `":2}`, `{"` + name + `":1,}`,
		`{"items":[` + strings.TrimSuffix(strings.Repeat(`{"sku":"x","quantity":1},`, deep/20+1), ",") + `]}`,
	})
}
