package core

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// claims are a token's. Those with a meaning of our own are read from all by their exact names.
type claims struct {
	jwt.RegisteredClaims
	all map[string]json.RawMessage
}

// UnmarshalJSON reads the claims. Times must be plain whole numbers: the JWT library takes texts for numbers, too, and
// what it makes of numbers beyond all times differs from machine to machine.
func (c *claims) UnmarshalJSON(raw []byte) error {
	if err := json.Unmarshal(raw, &c.RegisteredClaims); err != nil {
		return err
	}
	if err := json.Unmarshal(raw, &c.all); err != nil {
		return err
	}
	for _, name := range []string{"exp", "nbf", "iat"} {
		if value, ok := c.all[name]; ok && !isTime(value) {
			return fmt.Errorf("%s is no whole number of seconds", name)
		}
	}
	return nil
}

// isTime reports whether a value is from 0 to the year 33658, without sign, fraction and exponent.
func isTime(value json.RawMessage) bool {
	return len(value) <= 12 && !slices.ContainsFunc(value, func(c byte) bool { return c < '0' || c > '9' })
}

// named returns a claim by its name or, where there is none of that name, by its path: realm_access.roles is roles in
// realm_access. It is nil for a claim that is not there.
func (c *claims) named(name string) json.RawMessage {
	if raw, ok := c.all[name]; ok {
		return raw
	}
	in := c.all
	for {
		first, rest, deeper := strings.Cut(name, ".")
		if !deeper {
			return in[first]
		}
		var next map[string]json.RawMessage
		if json.Unmarshal(in[first], &next) != nil {
			return nil
		}
		in, name = next, rest
	}
}

// list returns the texts of a claim that is a list or one text, none for a claim that is not there.
func (c *claims) list(name string) ([]string, error) {
	var value any
	if raw := c.named(name); raw != nil {
		if err := json.Unmarshal(raw, &value); err != nil {
			return nil, err
		}
	}
	switch v := value.(type) {
	case nil:
		return nil, nil
	case string:
		return []string{v}, nil
	case []any:
		texts := make([]string, 0, len(v))
		for _, one := range v {
			text, ok := one.(string)
			if !ok {
				return nil, errors.New("it has something else than texts")
			}
			texts = append(texts, text)
		}
		return texts, nil
	}
	return nil, errors.New("it is neither a text nor a list")
}

// scopes returns the scopes of a claim: a list, or a text with blanks between (RFC 6749, 3.3). A scope of a list that
// has a blank inside would become two as soon as somebody writes them all in one line.
func (c *claims) scopes(name string) ([]string, error) {
	texts, err := c.list(name)
	if err != nil {
		return nil, err
	}
	if len(texts) == 1 && c.named(name)[0] == '"' {
		texts = slices.DeleteFunc(strings.Split(texts[0], " "), func(s string) bool { return s == "" })
	}
	if len(texts) == 0 {
		return nil, nil
	}
	for _, s := range texts {
		if s == "" || !printable(s) || strings.ContainsAny(s, ` "\`) {
			return nil, fmt.Errorf("%.40q is no scope", s)
		}
	}
	return texts, nil
}

// printable reports whether a text is of printable ASCII alone, which means the same in every header, log and name.
func printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
}
