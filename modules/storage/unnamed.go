package storage

import (
	"context"
	"database/sql"
	"regexp"
	"strconv"
	"strings"
)

// unnamed prepares statements with their parameters $1, $2, … as plain question marks where they come in that order,
// each once. The database takes $1 for a name, and the driver looks every named parameter up at every execution, which
// is a tenth of a short statement. PostgreSQL, for which the text is written, knows no other form.
type unnamed struct{ DBTX }

// PrepareContext prepares the statement.
func (u unnamed) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return u.DBTX.PrepareContext(ctx, unname(query))
}

// parameter also finds the strings, names and comments that a $ in them is no parameter of.
var parameter = regexp.MustCompile(`\$[0-9]+|'[^']*'|"[^"]*"|--[^\n]*|/\*(?s:.*?)\*/`)

func unname(query string) string {
	next := 1
	inOrder := true
	plain := parameter.ReplaceAllStringFunc(query, func(found string) string {
		number, isParameter := strings.CutPrefix(found, "$")
		if !isParameter {
			return found
		}
		inOrder = inOrder && number == strconv.Itoa(next)
		next++
		return "?"
	})
	if !inOrder {
		return query
	}
	return plain
}
