package configs

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// isGroups tells whether the type is a list of groups: a slice of structs, each with settings of its own. Only a file can
// give one; its settings are called routes[0].path and so on.
func isGroups(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && !isText(t) && !isText(t.Elem())
}

// itemOf returns a new item of a list of groups with its defaults: what its method Defaults() sets, where it has one.
func itemOf(list reflect.Type) reflect.Value {
	item := reflect.New(list.Elem())
	if d, ok := item.Interface().(interface{ Defaults() }); ok {
		d.Defaults()
	}
	return item.Elem()
}

// Item names one group of a list, for Invalid: Item("routes", 0) is "routes[0]".
func Item(key string, i int) string { return fmt.Sprintf("%s[%d]", key, i) }

// inItem tells whether the setting is one of a list's.
func inItem(key string) bool { return strings.ContainsRune(key, '[') }

// groups reads a list of groups, whose key stands at the given place.
func (s *source) groups(l *leaf, v ast.Node, key Origin, p *problems) {
	at := s.place(v.GetToken(), key.group)
	if v.Type() == ast.NullType {
		p.add(&Error{Origin: key, Key: l.key, Message: l.key + " has no value", Hint: "leave the key out for an empty list"})
		return
	}
	seq, ok := v.(*ast.SequenceNode)
	if !ok {
		p.add(&Error{Origin: at, Key: l.key, Message: l.key + " must be a list of groups, not " + kind(v),
			Hint: "begin each with a dash"})
		return
	}
	// The whole list is made first: settings point into it.
	list := reflect.MakeSlice(l.value.Type(), len(seq.Values), len(seq.Values))
	l.value.Set(list)
	l.origin = key
	for i, node := range seq.Values {
		name, start := Item(l.key, i), s.place(node.GetToken(), key.Line)
		list.Index(i).Set(itemOf(list.Type()))
		if err := s.st.walk(name, list.Index(i)); err != nil { // newSettings has walked such an item
			p.add(&Error{Origin: start, Key: name, Message: err.Error()})
			return
		}
		s.st.lines[name] = start
		if _, mapping := node.(ast.MapNode); !mapping {
			p.add(&Error{Origin: start, Key: name, Message: name + " must be a group of keys, not " + kind(node),
				Hint: "keys: " + strings.Join(s.st.names[name], ", ")})
			continue
		}
		s.group(node, name, start.Line, p)
	}
}

// describe lists the settings of an item with their defaults, for the reference.
func (l *leaf) describe(b *strings.Builder, margin string) error {
	st := &settings{byKey: map[string]*leaf{}, names: map[string][]string{}, lines: map[string]Origin{}}
	if err := st.walk("", itemOf(l.value.Type())); err != nil {
		return err
	}
	for _, of := range st.leaves {
		fmt.Fprintf(b, "%s#   %s: %s\n%s#     %s\n", margin, of.key, render(of.value), margin, of.help)
		if isGroups(of.value.Type()) {
			if err := of.describe(b, margin+"#   "); err != nil {
				return err
			}
		}
	}
	return nil
}
