package configs

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Section is the settings of one module.
type Section struct {
	// Key is the name of the section in the file: the module's name.
	Key string
	// Into points to a struct that holds the defaults; Load overwrites what the user set. If it has a method
	// Validate() error, Load calls that with everything set. See Invalid.
	Into any
}

// settings is every setting there is, found once by walking the structs. All layers, the listing and the reference go
// by it, so a setting cannot exist for one of them and not for another. It is also why no library reads the
// environment: that would be a second walk with names, types and messages of its own.
type settings struct {
	leaves []*leaf
	byKey  map[string]*leaf
	names  map[string][]string // the sorted names directly below a group, "" being the top
	lines  map[string]Origin   // where the file opens a group
}

// newSettings walks the core and the sections. Its errors are mistakes of a programmer, not of a user.
func newSettings(core *Config, sections []Section) (*settings, error) {
	st := &settings{byKey: map[string]*leaf{}, names: map[string][]string{}, lines: map[string]Origin{}}
	if err := st.walk("", reflect.ValueOf(core).Elem()); err != nil {
		return nil, err
	}
	for _, l := range st.leaves {
		if !isGroups(l.value.Type()) {
			l.flag = flagName(l.key)
		}
	}
	for _, s := range sections {
		v := reflect.ValueOf(s.Into)
		switch {
		case slices.Contains(st.names[""], s.Key):
			return nil, fmt.Errorf("configs: section %q: the name is taken", s.Key)
		case !validName.MatchString(s.Key):
			return nil, fmt.Errorf("configs: section %q: a name is lower-case letters, digits and underscores", s.Key)
		case v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct:
			return nil, fmt.Errorf("configs: section %q: Into is %T, want a pointer to a struct", s.Key, s.Into)
		}
		st.names[""] = append(st.names[""], s.Key)
		if err := st.walk(s.Key, v.Elem()); err != nil {
			return nil, err
		}
	}
	for _, names := range st.names {
		slices.Sort(names)
	}
	return st, st.checkNames()
}

var validName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func (st *settings) walk(group string, v reflect.Value) error {
	st.names[group] = nil // a group without fields exists too
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		key := join(group, name)
		switch {
		case name == "-":
			continue
		case !validName.MatchString(name):
			return fmt.Errorf("configs: %s: field %s: the yaml tag must be lower-case letters, digits and underscores",
				group, field.Name)
		case slices.Contains(st.names[group], name):
			return fmt.Errorf("configs: %s: two fields have this name", key)
		}
		st.names[group] = append(st.names[group], name)
		switch {
		case readable(field.Type), isGroups(field.Type):
			if field.Tag.Get("help") == "" {
				return fmt.Errorf("configs: %s: the field has no help tag", key)
			}
			st.add(&leaf{
				key: key, env: envName(key), short: field.Tag.Get("short"), help: field.Tag.Get("help"),
				secret: field.Tag.Get("secret") == "true", value: v.Field(i),
			})
			if isGroups(field.Type) && !inItem(group) {
				if err := st.tryItem(key, field.Type); err != nil {
					return err
				}
			}
		case field.Type.Kind() == reflect.Struct:
			if err := st.walk(key, v.Field(i)); err != nil {
				return err
			}
		default:
			return fmt.Errorf("configs: %s: a setting cannot be a %s", key, field.Type)
		}
	}
	return nil
}

// tryItem finds out at once whether a list's items can be settings.
func (st *settings) tryItem(key string, list reflect.Type) error {
	trial := &settings{byKey: map[string]*leaf{}, names: map[string][]string{}, lines: map[string]Origin{}}
	return trial.walk(key, itemOf(list))
}

func (st *settings) add(l *leaf) {
	if inItem(l.key) || isGroups(l.value.Type()) {
		l.env = "" // a variable cannot say it
	}
	st.leaves = append(st.leaves, l)
	st.byKey[l.key] = l
}

// checkNames refuses two settings that one variable would set, such as a.b_c and a_b.c.
func (st *settings) checkNames() error {
	owner := map[string]string{configEnv: "--config"}
	for _, key := range slices.Sorted(maps.Keys(st.byKey)) {
		env := st.byKey[key].env
		if env == "" {
			continue
		}
		if other, taken := owner[env]; taken {
			return fmt.Errorf("configs: %s and %s would both be %s", other, key, env)
		}
		owner[env] = key
	}
	return nil
}

func (st *settings) isGroup(key string) bool { _, ok := st.names[key]; return ok }

// isSecret tells whether a name in a file is that of a secret, or likely a mistyped one.
func (st *settings) isSecret(name string) bool {
	for _, l := range st.leaves {
		if !l.secret {
			continue
		}
		if _, ok := near(name[strings.LastIndexByte(name, '.')+1:], l.key[strings.LastIndexByte(l.key, '.')+1:]); ok {
			return true
		}
	}
	return false
}

func join(group, name string) string {
	if group == "" {
		return name
	}
	return group + "." + name
}
