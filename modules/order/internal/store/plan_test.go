package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/order/internal/store"
	"holon/modules/order/internal/store/db"
	"holon/modules/storage"
)

// TestPlans holds the index that SQLite reads for each query: it chooses by what it guesses of the rows, and a query that
// reads everybody's orders answers no worse, only later and later.
func TestPlans(t *testing.T) {
	t.Parallel()
	require.Equal(t, map[string]string{
		"Answer":                     "sqlite_autoindex_answers_1",
		"Customer":                   "sqlite_autoindex_customers_1",
		"InsertOrder":                "sqlite_autoindex_customers_1",
		"MergeCustomer":              "",
		"Order":                      "sqlite_autoindex_orders_1",
		"OrdersBefore":               "sqlite_autoindex_orders_1",
		"OrdersInStatusBefore":       "orders_by_status",
		"OrdersOfUserBefore":         "orders_by_user",
		"OrdersOfUserInStatusBefore": "orders_by_user",
		"PutAnswer":                  "",
		"RemoveAnswersBefore":        "sqlite_autoindex_answers_1 answers_by_age",
		"SaveOrder":                  "sqlite_autoindex_orders_1",
	}, plans(t))
}

// plans returns the indexes that each query searches, by the query's name.
func plans(t *testing.T) map[string]string {
	t.Helper()
	migrations, err := store.Migrations()
	require.NoError(t, err)
	d, err := storage.New(storage.Params{
		Module: "order", Dir: t.TempDir(), Migrations: migrations, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	e := &explainer{plans: make(map[string]string)}
	storage.Bind(d, func(ctx context.Context, c storage.DBTX) (*db.Queries, error) {
		e.DBTX = c
		return db.Prepare(ctx, e)
	})
	require.NoError(t, d.Open(t.Context()))
	require.NoError(t, d.Close(t.Context()))
	return e.plans
}

// explainer asks for the plan of everything that is prepared.
type explainer struct {
	storage.DBTX
	plans map[string]string
}

var (
	queryName = regexp.MustCompile(`-- name: (\w+)`)
	parameter = regexp.MustCompile(`\$\d`)
	indexName = regexp.MustCompile(`SEARCH .* INDEX (\w+)`)
)

func (e *explainer) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	plan, err := e.explain(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("explain %s: %w", query, err)
	}
	e.plans[queryName.FindStringSubmatch(query)[1]] = plan
	return e.DBTX.PrepareContext(ctx, query)
}

func (e *explainer) explain(ctx context.Context, query string) (string, error) {
	distinct := make(map[string]bool)
	for _, p := range parameter.FindAllString(query, -1) {
		distinct[p] = true
	}
	rows, err := e.QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, make([]any, len(distinct))...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var indexes []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return "", err
		}
		if strings.HasPrefix(step, "SCAN") {
			return "", fmt.Errorf("%s reads a whole table", step)
		}
		if found := indexName.FindStringSubmatch(step); found != nil {
			indexes = append(indexes, found[1])
		}
	}
	return strings.Join(indexes, " "), rows.Err()
}
