package configs

import (
	"regexp"
	"strings"
)

// keyOf finds what may be a key in a line of YAML, and the colon behind it.
var keyOf = regexp.MustCompile(`["']?([\pL\pN_.-]+)["']?[ \t]*:`)

// mask cuts a line, given by its index, before a secret. It goes by the text alone, for it must hold in a file that is
// no YAML, and where in doubt it cuts: a secret is what follows its key on the line, what is indented below that, and
// every line without a key of its own.
func (s *source) mask(line int) (text string, masked bool) {
	text = s.lines[line]
	if end := s.secretEnd(text); end > 0 {
		return text[:end] + " ", true
	}
	orphan, depth := !hasKey(text), indent(text)
	if strings.HasPrefix(text[depth:], "-") {
		depth++ // items of a list may stand below the first letter of its key
	}
	for i := line - 1; i >= 0 && (orphan || depth > 0); i-- {
		above := s.lines[i]
		if !orphan && indent(above) >= depth || !hasKey(above) {
			continue
		}
		if s.secretEnd(above) > 0 {
			return "", true
		}
		orphan, depth = false, min(depth, indent(above))
	}
	return text, false
}

// maxKeys is how far into a line keys are looked for, in bytes: further than an excerpt shows.
const maxKeys = 1 << 10

// secretEnd is the offset behind the colon of the first secret key in text, 0 if there is none.
func (s *source) secretEnd(text string) int {
	for _, m := range keyOf.FindAllStringSubmatchIndex(text[:min(len(text), maxKeys)], -1) {
		if s.st.isSecret(text[m[2]:m[3]]) {
			return m[1]
		}
	}
	return 0
}

func hasKey(text string) bool {
	text = text[:min(len(text), maxKeys)]
	return strings.Contains(text, ":") && keyOf.MatchString(text)
}

func indent(text string) int { return len(text) - len(strings.TrimLeft(text, " \t")) }
