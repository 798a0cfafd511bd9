package lease

import (
	"maps"
	"slices"
	"strings"

	"holon/modules/registry"
)

func (k Key) valid() bool { return validService(k.Service) && validID(k.ID) }

func validService(s string) bool {
	return len(s) <= registry.MaxName && begins(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return !lower(r) && !digit(r) && !strings.ContainsRune(".-_", r)
	}) && !upper(rune(s[0]))
}

// validID takes what can be a segment of a path as it is. The two names that a path gives a meaning are not.
func validID(s string) bool {
	return len(s) >= 1 && len(s) <= registry.MaxID && s != "." && s != ".." && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune("/?#%", r)
	})
}

func validTag(s string) bool {
	return len(s) <= registry.MaxTag && begins(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return !lower(r) && !upper(r) && !digit(r) && !strings.ContainsRune("._:=/-", r)
	})
}

// begins reports whether there is something, and it begins with a letter or digit.
func begins(s string) bool {
	return s != "" && (lower(rune(s[0])) || upper(rune(s[0])) || digit(rune(s[0])))
}

func lower(r rune) bool { return r >= 'a' && r <= 'z' }
func upper(r rune) bool { return r >= 'A' && r <= 'Z' }
func digit(r rune) bool { return r >= '0' && r <= '9' }

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
