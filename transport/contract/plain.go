package contract

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Plain refuses a type whose values would be lost or mean something else on another node. The error names the place,
// starting with at.
func Plain(at string, t reflect.Type) error { return plain(at, t, nil) }

// plain walks a type. above holds the types on the way here, to refuse cycles.
func plain(at string, t reflect.Type, above []reflect.Type) error {
	if slices.Contains(above, t) {
		return fmt.Errorf("%s: %s contains itself", at, t)
	}
	above = append(slices.Clip(above), t)
	switch t.Kind() {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return nil
	case reflect.Slice, reflect.Array, reflect.Pointer:
		return plain(at, t.Elem(), above)
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			return fmt.Errorf("%s: a map's keys must be strings, not %s", at, t.Key())
		}
		return plain(at, t.Elem(), above)
	case reflect.Struct:
		if t == reflect.TypeFor[time.Time]() {
			return nil
		}
		return plainStruct(at, t, above)
	default:
		return fmt.Errorf("%s: %s is not a plain value", at, t)
	}
}

func plainStruct(at string, t reflect.Type, above []reflect.Type) error {
	var errs []error
	names := make(map[string]bool, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		where := at + "." + f.Name
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = f.Name
		}
		_, cborTag := f.Tag.Lookup("cbor")
		switch {
		case !f.IsExported():
			errs = append(errs, fmt.Errorf("%s: unexported fields do not cross", where))
		case f.Tag.Get("json") == "-":
			errs = append(errs, fmt.Errorf("%s: a field hidden from JSON does not cross", where))
		case cborTag:
			errs = append(errs, fmt.Errorf("%s: a field has one name, that of its json tag", where))
		case names[name]:
			errs = append(errs, fmt.Errorf("%s: another field is called %q", where, name))
		default:
			errs = append(errs, plain(where, f.Type, above))
		}
		names[name] = true
	}
	return errors.Join(errs...)
}
