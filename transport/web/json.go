package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// formats is JSON alone. "json" is what huma looks for behind a plus, as in application/problem+json.
func formats() map[string]huma.Format {
	f := huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: unmarshal}
	return map[string]huma.Format{"application/json": f, "json": f}
}

// unmarshal is json.Unmarshal with errors for whoever wrote the document: they name its fields, not our types, and
// repeat none of its values.
func unmarshal(data []byte, v any) error {
	err := json.Unmarshal(data, v)
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("not JSON at byte %d: %w", e.Offset, e)
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		kind, _, _ := strings.Cut(e.Value, " ") // "number 1e400"
		if e.Field == "" {
			return fmt.Errorf("a %s is out of range", kind)
		}
		return fmt.Errorf("the %s of %s is out of range or not whole", kind, e.Field)
	}
	return errors.New("a value does not fit the schema")
}
