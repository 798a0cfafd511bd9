package configs

import (
	"encoding"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/token"
)

// render writes a setting as one line of YAML that reads back as the same value.
func render(v reflect.Value) string {
	if isGroups(v.Type()) {
		if v.Len() == 0 {
			return "[]"
		}
		return strconv.Itoa(v.Len()) + " items"
	}
	if isList(v.Type()) && !isText(v.Type()) {
		return renderList(v)
	}
	switch text := plain(v.Addr().Interface()); v.Kind() {
	case reflect.Bool, reflect.Float64, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return text
	default:
		return scalar(text)
	}
}

// renderList writes a list of one as a scalar, because that is how people write one module.
func renderList(v reflect.Value) string {
	items := make([]string, v.Len())
	for i := range items {
		items[i] = scalar(v.Index(i).String())
		if strings.ContainsAny(items[i], ":=") && !strings.HasPrefix(items[i], `"`) {
			items[i] = strconv.Quote(items[i]) // plain colons inside brackets are read differently by different parsers
		}
	}
	if len(items) == 1 && !strings.HasPrefix(items[0], `"`) {
		return items[0]
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// plain writes a value, or what a pointer points to, the way the file and the messages show it.
func plain(v any) string {
	if d, ok := v.(*time.Duration); ok {
		v = *d
	}
	switch v := v.(type) {
	case time.Duration:
		// String says 10m0s, which nobody would type.
		s := v.String()
		if strings.HasSuffix(s, "m0s") {
			s = strings.TrimSuffix(s, "0s")
		}
		if strings.HasSuffix(s, "h0m") {
			s = strings.TrimSuffix(s, "0m")
		}
		return s
	case encoding.TextMarshaler:
		text, err := v.MarshalText()
		if err != nil {
			return ""
		}
		return string(text)
	}
	return fmt.Sprint(reflect.Indirect(reflect.ValueOf(v)).Interface())
}

var plainText = regexp.MustCompile(`^[A-Za-z0-9./_:+-][A-Za-z0-9./_:+=@-]*$`)

// scalar quotes text where YAML, in any of its versions, would read something other than that text.
func scalar(text string) string {
	bare := plainText.MatchString(text) && !strings.HasSuffix(text, ":") && !strings.HasPrefix(text, "---") &&
		!slices.Contains([]string{"y", "n", "yes", "no", "on", "off", "-"}, strings.ToLower(text)) &&
		token.New(text, text, &token.Position{}).Type == token.StringType
	if _, err := strconv.ParseFloat(text, 64); bare && err != nil {
		return text
	}
	return strconv.Quote(text)
}
