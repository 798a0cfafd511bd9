package user

import (
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// The form of a key's text is holon_<id>_<secret>, of small letters and digits. The id is no secret: it is in lists and
// logs. The secret has 200 bits at random, so a plain digest of the text is as good as the text is hard to guess, and who
// reads the store learns no key.
const (
	APIKeyPrefix       = "holon_"
	APIKeyIDLength     = 16
	APIKeySecretLength = 40
)

// ParseAPIKey takes a text apart into what may travel: the key's id, and the SHA-256 of the whole text, by which the
// module knows the secret again. ok says that it has the form of a key, not that there is one.
func ParseAPIKey(text string) (id string, digest []byte, ok bool) {
	const sep = len(APIKeyPrefix) + APIKeyIDLength
	if len(text) != sep+1+APIKeySecretLength || !strings.HasPrefix(text, APIKeyPrefix) || text[sep] != '_' {
		return "", nil, false
	}
	id = text[len(APIKeyPrefix):sep]
	if !IsAPIKeyID(id) || !lowerAlphanumeric(text[sep+1:]) {
		return "", nil, false
	}
	sum := sha256.Sum256([]byte(text))
	return id, sum[:], true
}

// IsAPIKeyID reports whether a text has the form of a key's id.
func IsAPIKeyID(text string) bool { return len(text) == APIKeyIDLength && lowerAlphanumeric(text) }

func lowerAlphanumeric(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// APIKeyText is a key's whole text. It prints and logs without its secret, so that no careless line tells it; encoding
// it, which is how it gets to whom it is for, keeps it whole, and so does string(t).
type APIKeyText string

// String returns the text without its secret.
func (t APIKeyText) String() string {
	if id, _, ok := ParseAPIKey(string(t)); ok {
		return APIKeyPrefix + id + "_***"
	}
	return "***"
}

// Format prints what String returns, whatever the verb.
func (t APIKeyText) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, t.String()) // fmt has nobody to tell either
}

// LogValue logs what String returns.
func (t APIKeyText) LogValue() slog.Value { return slog.StringValue(t.String()) }

// LogValue logs the key without its secret. JSON logs would else encode the text inside.
func (r CreateAPIKeyReply) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", r.APIKey.ID), slog.Any("text", r.Text))
}

var (
	_ fmt.Formatter  = APIKeyText("")
	_ slog.LogValuer = APIKeyText("")
	_ slog.LogValuer = CreateAPIKeyReply{}
)
