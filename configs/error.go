package configs

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Error is one thing wrong with what the user said, and what to do about it.
type Error struct {
	// Origin is where the user said it.
	Origin Origin
	// Key is the setting it is about, such as "http.addr", or empty when it is about none.
	Key string
	// Message says what is wrong, in one line.
	Message string
	// Hint is a way out in a few words, such as `did you mean "addr"?`; it may be empty.
	Hint string
	// Excerpt holds the lines of the file around the fault, marked and without secrets; empty outside files.
	Excerpt string
	// Next is the command to type next.
	Next string
}

// Error writes all there is to know, in several lines without a final newline, ready for a terminal.
func (e *Error) Error() string {
	var b strings.Builder
	where := e.Origin.String()
	if e.Origin.Layer == FromFile {
		where = e.Origin.position()
	}
	b.WriteString("holon: config error  " + where + "  " + e.Message)
	if e.Hint != "" {
		b.WriteString("  (" + e.Hint + ")")
	}
	if e.Excerpt != "" {
		b.WriteString("\n" + e.Excerpt)
	}
	b.WriteString("\n  see: " + e.Next)
	return b.String()
}

// maxProblems bounds a report: whoever feeds the loader some other program's file needs to see that, not all of it.
const maxProblems = 10

// problems collects what is wrong in the order in which it was found, which depends on nothing but the input.
type problems struct {
	errs    []*Error
	dropped int
}

func (p *problems) add(e *Error) {
	if e == nil {
		return
	}
	if e.Next == "" {
		e.Next = "holon config show --source"
		if e.Origin.Layer == FromFlag {
			e.Next = "holon run --help"
		}
	}
	if len(p.errs) == maxProblems {
		p.dropped++
		return
	}
	p.errs = append(p.errs, e)
}

// join returns all problems as one error, nil when there are none.
func (p *problems) join() error {
	var errs []error
	for _, e := range p.errs {
		errs = append(errs, e)
	}
	if p.dropped > 0 {
		last := p.errs[len(p.errs)-1]
		errs = append(errs, &Error{
			Origin:  Origin{Layer: last.Origin.Layer, Name: last.Origin.Name},
			Message: fmt.Sprintf("%d more problems follow", p.dropped),
			Next:    "holon config validate",
		})
	}
	return errors.Join(errs...)
}

// maxQuote is how many bytes of what the user wrote a message repeats.
const maxQuote = 60

// quote repeats what the user wrote, so that it cannot garble the line it is put in.
func quote(text string) string {
	if len(text) > maxQuote {
		return strconv.Quote(strings.ToValidUTF8(text[:maxQuote], "")) + "…"
	}
	return strconv.Quote(text)
}
