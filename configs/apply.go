package configs

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// apply sets what the file says and collects what it says wrong.
func (s *source) apply(p *problems) {
	body, e := s.parse()
	if e != nil {
		p.add(e)
		return
	}
	s.group(body, "", 0, p)
}

// group reads the mapping below the key whose line is given; "" is the whole file, on line 0. A group without content
// is one whose keys are all commented out, and fine.
func (s *source) group(node ast.Node, group string, line int, p *problems) {
	mapping, ok := node.(ast.MapNode)
	switch {
	case ok:
		seen := map[string]Origin{}
		for it := mapping.MapRange(); it.Next(); {
			s.pair(it.Key(), it.Value(), group, line, seen, p)
		}
	case node == nil || node.Type() == ast.NullType:
	case group == "":
		p.add(s.fault(node.GetToken(), "the file must be keys and values, not "+kind(node)))
	default:
		p.add(&Error{
			Origin: s.place(node.GetToken(), line), Key: group,
			Message: group + " must be a group of keys, not " + kind(node),
			Hint:    "keys of " + group + ": " + strings.Join(s.st.names[group], ", "),
		})
	}
}

// pair reads one key of a group; seen holds where the group's keys were given.
func (s *source) pair(k ast.MapKeyNode, v ast.Node, group string, line int, seen map[string]Origin, p *problems) {
	name, at := k.GetToken().Value, s.place(k.GetToken(), line)
	key := join(group, name)
	e := &Error{Origin: at, Key: key}
	l, isLeaf := s.st.byKey[key]
	switch {
	case unsupported(k):
		e.Message = "anchors, aliases, merge keys and tags are not supported; write the key out"
	case seen[name].Line > 0:
		e.Message = "key " + quote(name) + where(group) + " is given twice, first at " + seen[name].position()
	case strings.Contains(name, ".") && (isLeaf || s.st.isGroup(key)):
		dot := strings.LastIndexByte(name, '.')
		e.Message = "unknown key " + quote(name) + where(group)
		e.Hint = "did you mean " + quote(name[dot+1:]) + " in a group " + quote(name[:dot]) + "?"
	case isLeaf && isGroups(l.value.Type()):
		seen[name] = at
		s.groups(l, v, at, p)
		return
	case isLeaf:
		seen[name] = at
		s.leaf(l, v, at, p)
		return
	case s.st.isGroup(key):
		seen[name], s.st.lines[key] = at, at
		s.group(v, key, at.Line, p)
		return
	default:
		e.Message = "unknown key " + quote(name) + where(group)
		e.Hint = suggest(name, s.st.names[group], "valid keys")
	}
	p.add(e)
}

func where(group string) string {
	if group == "" {
		return ""
	}
	return " in " + group
}

// leaf sets one setting, whose key stands at the given place.
func (s *source) leaf(l *leaf, v ast.Node, key Origin, p *problems) {
	at := s.place(v.GetToken(), key.group)
	if at.Line != key.Line {
		at.group = key.Line
	}
	if text, ok := scalarText(v); ok {
		p.add(l.take(text, at))
		return
	}
	if seq, ok := v.(*ast.SequenceNode); ok && l.isList() {
		p.add(s.list(l, seq, at))
		return
	}
	e := &Error{Origin: at, Key: l.key}
	switch {
	case v.Type() == ast.NullType:
		e.Origin, e.Message, e.Hint = key, l.key+" has no value", "leave the key out for the default"
	case unsupported(v):
		e.Message = "anchors, aliases and tags are not supported; write the value of " + l.key + " out"
	default:
		e.Message = l.key + " must be a single value, not " + kind(v)
	}
	p.add(e)
}

// list sets a list that is written as one, and remembers where each item is.
func (s *source) list(l *leaf, seq *ast.SequenceNode, from Origin) *Error {
	items, each := []string{}, []Origin{}
	for _, v := range seq.Values {
		at := s.place(v.GetToken(), from.group)
		item, ok := scalarText(v)
		if !ok {
			return &Error{Origin: at, Key: l.key, Message: l.key + " must be a list of single values, not of " + kind(v)}
		}
		items, each = append(items, item), append(each, at)
	}
	return l.takeList(items, from, each)
}
