package configs

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The scanner takes time in the square of the lines of a text block, and the parser in the square of a mapping's length
// and of the depth, for which it recurses. At these bounds, far from any real configuration, that stays below a second.
const (
	maxLines  = 10_000
	maxTokens = 10_000 // comments not counted
)

// parse reads the file as one YAML document and returns its body, nil when there is none.
func (s *source) parse() (ast.Node, *Error) {
	if e := s.checkText(); e != nil {
		return nil, e
	}
	if len(s.lines) > maxLines {
		return nil, &Error{Origin: s.at(0, 0), Message: fmt.Sprintf("the file has more than %d lines", maxLines)}
	}
	file, err := safeParse(strings.ReplaceAll(s.text, "\r\n", "\n"))
	var syntax *yaml.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, s.fault(syntax.Token, "this is no valid YAML: "+firstLine(strings.ReplaceAll(syntax.Message, "\t", `\t`)))
	case err != nil:
		return nil, &Error{Origin: s.at(0, 0), Message: firstLine(err.Error())}
	}
	var body ast.Node
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case doc.Body.Type() == ast.DirectiveType:
			return nil, s.fault(doc.Body.GetToken(), "YAML directives are not supported")
		case body != nil:
			return nil, s.fault(doc.Start, "the file holds several YAML documents, want one")
		default:
			body = doc.Body
		}
	}
	return body, nil
}

// fault is an error at a token.
func (s *source) fault(tk *token.Token, message string) *Error {
	return &Error{Origin: s.place(tk, 0), Message: message}
}

// place is where a token stands; group is the line of the key that holds it, 0 for none.
func (s *source) place(tk *token.Token, group int) Origin {
	o := s.at(0, 0)
	if tk != nil && tk.Position != nil {
		o = s.at(tk.Position.Line, tk.Position.Column)
	}
	o.group = group
	return o
}

// checkText refuses what is no text, before a parser makes something of it.
func (s *source) checkText() *Error {
	line, column := 1, 1
	for i, r := range s.text {
		bad := ""
		switch {
		case r == '\n':
			line, column = line+1, 0
		case r == '\r' && strings.HasPrefix(s.text[i+1:], "\n"), r == '\t':
		case r == utf8.RuneError && !strings.HasPrefix(s.text[i:], "\uFFFD"):
			bad = fmt.Sprintf("byte 0x%02x is not valid UTF-8", s.text[i])
		case unicode.IsControl(r):
			bad = fmt.Sprintf("the control character %U is not allowed", r)
		}
		if bad != "" {
			return &Error{Origin: s.at(line, column), Message: bad}
		}
		column++
	}
	return nil
}

// safeParse turns a panic of the parser into an error: a file must not be able to crash the process that reports on it.
func safeParse(text string) (file *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			file, err = nil, fmt.Errorf("this is no valid YAML: the parser gave up: %v", r)
		}
	}()
	tokens := lexer.Tokenize(text)
	count := 0
	for _, tk := range tokens {
		if tk.Type != token.CommentType {
			count++
		}
	}
	if count > maxTokens {
		return nil, fmt.Errorf("the file has more than %d words and signs", maxTokens)
	}
	// Duplicate keys are refused later, where both places are known.
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}
