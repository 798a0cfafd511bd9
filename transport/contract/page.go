package contract

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a page.
const (
	DefaultPageLimit = 50
	MaxPageLimit     = 200
)

// cursorVersion leads every cursor, so that a later form can be told from this one.
const cursorVersion = "1"

// maxCursor bounds what is decoded, in bytes of the encoded form.
const maxCursor = 512

var errCursor = errors.New("not a cursor of this list")

// EncodeCursor returns an opaque, URL-safe position in the named list: the key of the last item that was given. The
// name has no "|", which ends it, and the key is printable text.
func EncodeCursor(list, key string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(cursorVersion + "|" + list + "|" + key))
}

// DecodeCursor returns the key that EncodeCursor stored, "" for an empty cursor, which is the start of the list. It
// refuses anything else, a cursor of another list too.
func DecodeCursor(list, cursor string) (key string, err error) {
	if cursor == "" {
		return "", nil
	}
	if len(cursor) > maxCursor {
		return "", errCursor
	}
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return "", errCursor
	}
	key, ok := strings.CutPrefix(string(raw), cursorVersion+"|"+list+"|")
	if !ok || key == "" || !utf8.ValidString(key) || strings.ContainsFunc(key, unicode.IsControl) {
		return "", errCursor
	}
	if EncodeCursor(list, key) != cursor { // base64 skips line breaks and stray bits; a position has one spelling
		return "", errCursor
	}
	return key, nil
}

// PageLimit returns how many items a page gets: the default for 0, an error outside 1 to MaxPageLimit.
func PageLimit(asked int) (int, error) {
	switch {
	case asked == 0:
		return DefaultPageLimit, nil
	case asked < 1 || asked > MaxPageLimit:
		return 0, fmt.Errorf("limit must be 1 to %d, not %d", MaxPageLimit, asked)
	default:
		return asked, nil
	}
}
