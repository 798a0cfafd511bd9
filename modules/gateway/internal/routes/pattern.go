package routes

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// pattern is a path as Go's ServeMux has it: literal segments, {name} for one segment, {name...} for all that follow.
type pattern struct {
	text     string
	segments []string // without the first slash; names keep their braces
}

// parsePattern takes apart what ServeMux will check once more.
func parsePattern(text string) (pattern, error) {
	if !strings.HasPrefix(text, "/") || strings.ContainsAny(text, " \t?#") {
		return pattern{}, fmt.Errorf("must begin with / and have no spaces, ? or #, not %s", quote(text))
	}
	p := pattern{text: text, segments: strings.Split(text[1:], "/")}
	for i, s := range p.segments {
		name, wild := nameIn(s)
		switch {
		case !wild && strings.ContainsAny(s, "{}"):
			return pattern{}, fmt.Errorf("must have {names} that fill their segment, not %s", quote(text))
		case strings.HasSuffix(name, "...") && i != len(p.segments)-1:
			return pattern{}, fmt.Errorf("must have {%s} at its end, not amid %s", name, quote(text))
		case s == "." || s == "..":
			return pattern{}, fmt.Errorf("must have no segment %s", quote(s))
		case s == "" && i != len(p.segments)-1:
			return pattern{}, fmt.Errorf("must have no empty segment, as in %s", quote(text))
		}
	}
	return p, nil
}

// nameIn returns what is between the braces of a segment.
func nameIn(segment string) (name string, wild bool) {
	inner, open := strings.CutPrefix(segment, "{")
	name, closed := strings.CutSuffix(inner, "}")
	return name, open && closed && name != ""
}

// names are those that a rewrite may use.
func (p pattern) names() (names []string) {
	for _, s := range p.segments {
		if name, wild := nameIn(s); wild && name != "$" {
			names = append(names, strings.TrimSuffix(name, "..."))
		}
	}
	return names
}

// also returns a second pattern for the same requests, "" for none: a pattern that takes all below a path takes the path too.
func (p pattern) also() string {
	last := p.segments[len(p.segments)-1]
	if name, wild := nameIn(last); !wild || !strings.HasSuffix(name, "...") || len(p.segments) == 1 {
		return ""
	}
	return strings.TrimSuffix(p.text, "/"+last)
}

// values are the escaped segments that stand at the place of each name in an escaped path that the pattern takes.
func (p pattern) values(path string) map[string]string {
	rest := strings.TrimPrefix(path, "/")
	values := make(map[string]string)
	for _, s := range p.segments {
		name, wild := nameIn(s)
		if all, ok := strings.CutSuffix(name, "..."); wild && ok {
			values[all] = rest
			return values
		}
		var part string
		part, rest, _ = strings.Cut(rest, "/")
		if wild {
			values[name] = part
		}
	}
	return values
}

// checkRewrite looks at how the path is changed on the way.
func (p pattern) checkRewrite(strip, rewrite string) error {
	switch {
	case strip != "" && rewrite != "":
		return errors.New("and strip are two ways to say it: leave one out")
	case strip != "" && (!strings.HasPrefix(strip, "/") || strings.HasSuffix(strip, "/") || strings.Contains(strip, "{")):
		return fmt.Errorf("cannot strip %s: say a beginning such as /shop, without a slash at its end", quote(strip))
	case strip != "" && p.text != "" && p.text != strip && !strings.HasPrefix(p.text, strip+"/"):
		return fmt.Errorf("cannot strip %s of paths that begin otherwise", quote(strip))
	case rewrite == "":
		return nil
	}
	to, err := parsePattern(rewrite)
	if err != nil {
		return err
	}
	known := p.names()
	for _, name := range to.names() {
		if !slices.Contains(known, name) {
			return fmt.Errorf("names {%s}, which the path does not have; it has %s", name, strings.Join(known, ", "))
		}
	}
	return nil
}

// changed is the escaped path that is sent on.
func (p pattern) changed(path, strip, rewrite string) string {
	switch {
	case strip != "":
		rest := path
		for range strings.Count(strip, "/") { // by segments, which may be spelled in several ways
			_, rest, _ = strings.Cut(strings.TrimPrefix(rest, "/"), "/")
		}
		return "/" + rest
	case rewrite != "":
		values := p.values(path)
		out := ""
		for _, s := range strings.Split(rewrite[1:], "/") {
			if name, wild := nameIn(s); wild {
				s = values[strings.TrimSuffix(name, "...")]
			}
			out += "/" + s
		}
		path = out
	}
	return path
}
