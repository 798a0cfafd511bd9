package configs

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// wanted is what a text should have been, to follow the words "must be".
type wanted string

func (w wanted) Error() string { return "want " + string(w) }

// readable tells whether assign and render know the type.
func readable(t reflect.Type) bool {
	if isText(t) || isList(t) {
		return true
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return true
	}
	return false
}

func isList(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem() == reflect.TypeFor[string]()
}

// kindOf is the type in one word, for the help of a flag.
func kindOf(t reflect.Type) string {
	switch {
	case isList(t):
		return "list"
	case isText(t), t == reflect.TypeFor[time.Duration]():
		return strings.ToLower(t.Name())
	}
	return t.Kind().String()
}

// isText tells whether the type reads and writes itself.
func isText(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) &&
		p.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

// assign reads text into v. It is the one way from text to a setting, for flags, variables and the file alike, so a
// value means the same wherever it is written. An error leaves v as it was.
func assign(v reflect.Value, text string) error {
	switch {
	case isText(v.Type()):
		fresh := reflect.New(v.Type())
		if err := fresh.Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
			return err
		}
		v.Set(fresh.Elem())
		return nil
	case v.Type() == reflect.TypeFor[time.Duration]():
		d, err := time.ParseDuration(text)
		if err != nil {
			return wanted("a duration such as 300ms, 10s or 1h30m")
		}
		v.SetInt(int64(d))
		return nil
	case isList(v.Type()):
		items, err := splitList(text)
		if err != nil {
			return err
		}
		v.Set(reflect.ValueOf(items).Convert(v.Type()))
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return wanted("true or false")
		}
		v.SetBool(b)
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return wanted("a number")
		}
		v.SetFloat(f)
	default:
		n, err := strconv.ParseInt(text, 10, v.Type().Bits())
		if errors.Is(err, strconv.ErrRange) {
			top := int64(1)<<(v.Type().Bits()-1) - 1
			return wanted(fmt.Sprintf("a whole number between %d and %d", -top-1, top))
		}
		if err != nil {
			return wanted("a whole number")
		}
		v.SetInt(n)
	}
	return nil
}

// splitList reads a comma list. Empty text is an empty list.
func splitList(text string) ([]string, error) {
	items := []string{}
	if strings.TrimSpace(text) == "" {
		return items, nil
	}
	for item := range strings.SplitSeq(text, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			return nil, wanted("a list without empty items, such as a,b")
		}
		items = append(items, item)
	}
	return items, nil
}
