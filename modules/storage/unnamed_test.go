package storage_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

func TestParametersLoseTheirNames(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"SELECT 1":                              "SELECT 1",
		"SELECT a FROM t WHERE a = $1":          "SELECT a FROM t WHERE a = ?",
		"INSERT INTO t VALUES ($1, $2, $3)":     "INSERT INTO t VALUES (?, ?, ?)",
		"UPDATE t SET a = $2 WHERE id = $1":     "UPDATE t SET a = $2 WHERE id = $1",
		"SELECT $1, $1":                         "SELECT $1, $1",
		"SELECT $2":                             "SELECT $2",
		"SELECT '$1', \"$2\", $1 -- of $9":      "SELECT '$1', \"$2\", ? -- of $9",
		"SELECT $1 /* not\n$2 */, $2":           "SELECT ? /* not\n$2 */, ?",
		"SELECT 'it''s $1', $1":                 "SELECT 'it''s $1', ?",
		"SELECT $1,$2,$3,$4,$5,$6,$7,$8,$9,$10": "SELECT ?,?,?,?,?,?,?,?,?,?",
	} {
		require.Equal(t, want, storage.Unname(query), "%s", query)
	}
}
