package core

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// claimNames are the claims that the JWT library reads. The JSON decoder would take them in capitals too; a JWT's names
// mean something only as they are.
var claimNames = map[string]bool{
	"iss": true, "sub": true, "aud": true, "exp": true, "nbf": true, "iat": true, "jti": true,
}

// wellFormed refuses what the parser lets pass and other programs may read in another way: line breaks inside the
// base64 and, in header and claims, anything but a JSON object with distinct names. It returns what the claims say in
// iss, in which nobody is to believe yet.
func wellFormed(token string) (iss string, err error) {
	if strings.ContainsAny(token, "\r\n") {
		return "", errors.New("it contains line breaks")
	}
	header, rest, _ := strings.Cut(token, ".")
	body, _, _ := strings.Cut(rest, ".")
	var raw []byte
	for _, segment := range []string{header, body} {
		if raw, err = base64.RawURLEncoding.DecodeString(segment); err != nil {
			return "", err
		}
		if err := distinct(raw); err != nil {
			return "", err
		}
	}
	var c struct {
		Issuer string `json:"iss"`
	}
	err = json.Unmarshal(raw, &c)
	return c.Issuer, err
}

// distinct looks at the names of an object; whether all of it is JSON is seen when it is decoded.
func distinct(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if first, err := d.Token(); err != nil || first != json.Delim('{') {
		return errors.New("a segment is not a JSON object")
	}
	seen := make(map[string]bool)
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		name := fmt.Sprint(token)
		folded := strings.ToLower(strings.ToUpper(name))
		switch {
		case seen[name]:
			return fmt.Errorf("%.16q stands in it twice", name)
		case name != folded && claimNames[folded]:
			return fmt.Errorf("%.16q is no way to write %s", name, folded)
		}
		seen[name] = true
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
	}
	return nil
}
