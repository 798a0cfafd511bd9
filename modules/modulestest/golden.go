package modulestest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
)

var update = flag.Bool("update", false, "write golden files anew")

// Updating reports whether the test was run with -update.
func Updating() bool { return *update }

// Golden holds a contract against testdata/contract.golden. Nodes of two releases run side by side, so within a major
// a contract only grows: a line of the file that is no longer true fails the test until the major is raised, also
// with -update. The schema of a topic may be raised.
func Golden(t *testing.T, c contract.Contract) {
	t.Helper()
	path := filepath.Join("testdata", "contract.golden")
	now := render(c)
	raw, err := os.ReadFile(path)
	if os.IsNotExist(err) && *update {
		raw = nil
	} else {
		require.NoError(t, err, "make the file with: go test -update")
	}
	before := strings.FieldsFunc(string(raw), func(r rune) bool { return r == '\n' })
	require.Empty(t, lost(before, now), "the contract of %s lost this; raise its Major or keep it", c.Module)
	text := strings.Join(now, "\n") + "\n"
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		return
	}
	require.Equal(t, string(raw), text, "the contract of %s has grown; look at it and write it down with: go test -update", c.Module)
}

// lost returns the lines that are no longer true, none where the major is another.
func lost(before, now []string) (gone []string) {
	if len(before) == 0 || before[0] != now[0] {
		return nil
	}
	for _, line := range before {
		raised := func(now string) bool {
			topic, old, of := schemaOf(line)
			same, schema, is := schemaOf(now)
			return of && is && topic == same && schema > old
		}
		if !slices.Contains(now, line) && !slices.ContainsFunc(now, raised) {
			gone = append(gone, line)
		}
	}
	return gone
}

// schemaOf reads the line that names a topic's schema; ok is false for every other line.
func schemaOf(line string) (topic string, schema int, ok bool) {
	topic, number, ok := strings.Cut(line, " schema ")
	schema, err := strconv.Atoi(number)
	return topic, schema, ok && err == nil
}

// render says a contract line by line, each line true or false by itself.
func render(c contract.Contract) []string {
	lines := []string{fmt.Sprintf("%s v%d", c.Module, c.Major)}
	for _, m := range c.Infos() {
		lines = append(lines, m.Name)
		if m.Idempotent {
			lines = append(lines, m.Name+" is idempotent")
		}
		callers := slices.Clone(m.Callers)
		slices.Sort(callers)
		for _, caller := range callers {
			lines = append(lines, fmt.Sprintf("%s for %s", m.Name, caller))
		}
		lines = append(lines, fields(m.Name+" request", m.Req)...)
		lines = append(lines, fields(m.Name+" reply", m.Resp)...)
	}
	for _, t := range topics(c) {
		lines = append(lines, t.Name+" event", fmt.Sprintf("%s schema %d", t.Name, t.Schema))
		lines = append(lines, fields(t.Name+" event", t.Event)...)
	}
	return lines
}

// topics returns what the module announces, sorted by name.
func topics(c contract.Contract) []contract.TopicInfo {
	var infos []contract.TopicInfo
	for _, t := range c.Topics {
		infos = append(infos, t.Info())
	}
	slices.SortFunc(infos, func(a, b contract.TopicInfo) int { return strings.Compare(a.Name, b.Name) })
	return infos
}

func fields(at string, t reflect.Type) []string {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return []string{at + ": time"}
	case t.Kind() == reflect.Struct:
		var out []string
		for i := range t.NumField() {
			name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			if name == "" {
				name = t.Field(i).Name
			}
			if options != "" {
				options = " (" + options + ")"
			}
			for _, line := range fields(at+"."+name, t.Field(i).Type) {
				out = append(out, line+options)
			}
		}
		return out
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return []string{at + ": bytes"}
	case t.Kind() == reflect.Slice:
		return fields(at+"[]", t.Elem())
	case t.Kind() == reflect.Map:
		return fields(at+"{}", t.Elem())
	case t.Kind() == reflect.Pointer:
		return fields(at+"?", t.Elem())
	default:
		return []string{at + ": " + t.Kind().String()}
	}
}
