package configs

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// source is the text of a configuration file, kept to show the lines a message is about.
type source struct {
	path  string
	text  string
	lines []string
	st    *settings
}

func newSource(path, text string, st *settings) *source {
	text = strings.TrimPrefix(text, "\uFEFF") // editors on Windows put one there
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(line, "\r")
	}
	return &source{path: path, text: text, lines: lines, st: st}
}

// at is a place in the file; see Origin.
func (s *source) at(line, column int) Origin {
	return Origin{Layer: FromFile, Name: s.path, Line: line, Column: column}
}

// maxShown is the longest line an excerpt shows, in characters.
const maxShown = 100

// excerpt draws the line of o with a mark below its column, under the line of the key that holds it, because a
// setting means nothing without its group.
func (s *source) excerpt(o Origin) string {
	if o.Line < 1 || o.Line > len(s.lines) {
		return ""
	}
	var b strings.Builder
	width := max(2, len(strconv.Itoa(o.Line)))
	if o.group > 0 && o.group < o.Line {
		text, _ := s.shown(o.group)
		fmt.Fprintf(&b, "    %*d | %s\n", width, o.group, text)
	}
	text, visible := s.shown(o.Line)
	fmt.Fprintf(&b, "  > %*d | %s", width, o.Line, text)
	if o.Column <= visible+1 {
		margin := len("  >  | ") + width
		b.WriteString("\n" + strings.Repeat(" ", margin+o.Column-1) + "^")
	}
	return b.String()
}

// shown is a line made safe for a terminal and for a log: no control characters, no secrets, no endless line. The
// second result counts the leading characters that stand where they stand in the file.
func (s *source) shown(line int) (string, int) {
	text, masked := s.mask(line - 1)
	out := []rune(strings.Map(printable, strings.ToValidUTF8(text, "\uFFFD")))
	if len(out) > maxShown {
		return string(out[:maxShown]) + " …", maxShown
	}
	if masked {
		return string(out) + "***", len(out)
	}
	return string(out), len(out)
}

// printable replaces what a terminal would obey or hide. A tab becomes a space so that the mark stays below its place.
func printable(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case !unicode.IsPrint(r):
		return '\uFFFD'
	}
	return r
}
