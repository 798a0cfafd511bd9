package lease

import (
	"net/url"
	"strings"

	"holon/modules/registry"
)

// The defaults and bounds of a check: see registry.Check.
const (
	defaultEvery, minEvery, maxEvery = 10, 2, 300
	defaultRise, defaultFall         = 2, 3
	minRow, maxRow                   = 1, 10
)

// probe holds the rules of a check. Where there is none, nothing is said of it.
func (f *faults) probe(c *registry.Check) {
	if c.HTTP == "" && !c.TCP {
		f.check(*c == registry.Check{}, "check must have http or tcp")
		return
	}
	f.check(c.HTTP == "" || !c.TCP, "check must have http or tcp, not both")
	f.check(c.HTTP == "" || validPath(c.HTTP),
		"check.http must be a path of %d printable ASCII characters at most, beginning with one /, without a fragment", registry.MaxCheckPath)
	f.number("check.every_seconds", &c.Every, defaultEvery, minEvery, maxEvery)
	f.number("check.rise", &c.Rise, defaultRise, minRow, maxRow)
	f.number("check.fall", &c.Fall, defaultFall, minRow, maxRow)
}

// validPath reports whether a path can be asked for, with a query or without. Two slashes at its beginning would make a
// host of what follows.
func validPath(p string) bool {
	if len(p) > registry.MaxCheckPath || !strings.HasPrefix(p, "/") || strings.HasPrefix(p, "//") ||
		strings.ContainsFunc(p, func(r rune) bool { return r <= ' ' || r > '~' || r == '#' }) {
		return false
	}
	_, err := url.ParseRequestURI(p)
	return err == nil
}
