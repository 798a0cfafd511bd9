package configs

import (
	"errors"
	"reflect"
	"strings"
)

// leaf is one setting: its names, its place in the caller's struct, and where its value came from.
type leaf struct {
	key    string // http.addr
	env    string // HOLON_HTTP_ADDR
	flag   string // http-addr; empty for the settings of a section
	short  string // the one-letter flag, usually empty
	help   string
	secret bool
	value  reflect.Value
	origin Origin
	items  []Origin // of a list that a file gives item by item
}

// take sets the leaf from text. A text that does not fit leaves the value as it is and comes back as an error.
func (l *leaf) take(text string, from Origin) *Error {
	if err := assign(l.value, text); err != nil {
		return l.mismatch(text, err, from)
	}
	l.origin, l.items = from, nil
	return nil
}

// takeList sets a list leaf from its items.
func (l *leaf) takeList(items []string, from Origin, each []Origin) *Error {
	for i, item := range items {
		if item == "" {
			return &Error{Origin: each[i], Key: l.key, Message: l.key + " must not have an empty item"}
		}
	}
	l.value.Set(reflect.ValueOf(items).Convert(l.value.Type()))
	l.origin, l.items = from, each
	return nil
}

// mismatch says that text does not fit the leaf, without repeating a secret.
func (l *leaf) mismatch(text string, err error, from Origin) *Error {
	e := &Error{Origin: from, Key: l.key}
	var want wanted
	switch {
	case errors.As(err, &want) && l.secret:
		e.Message = l.key + " must be " + string(want)
	case errors.As(err, &want):
		e.Message = l.key + " must be " + string(want) + ", not " + quote(text)
	case l.secret: // the type's own words may repeat what it was given
		e.Message = l.key + " cannot be read"
	default:
		e.Message = l.key + " cannot be read: " + firstLine(err.Error())
	}
	return e
}

func (l *leaf) isList() bool { return isList(l.value.Type()) }

// at is where the given item of a list was set.
func (l *leaf) at(item int) Origin {
	if item < len(l.items) {
		return l.items[item]
	}
	return l.origin
}

// envPrefix begins the name of every variable that is a setting.
const envPrefix = "HOLON_"

func envName(key string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

func flagName(key string) string { return strings.NewReplacer(".", "-", "_", "-").Replace(key) }

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
