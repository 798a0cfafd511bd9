package eventlog_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
	"holon/modules/storage/eventlog"
)

func TestPlans(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	for name, text := range eventlog.Texts {
		var plan []string
		require.NoError(t, m.sql.Read(t.Context(), func(ctx context.Context, db storage.DBTX) error {
			rows, err := db.QueryContext(ctx, "EXPLAIN QUERY PLAN "+text, make([]any, 12)...)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var id, parent, unused int
				var detail string
				if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
					return err
				}
				plan = append(plan, detail)
			}
			return rows.Err()
		}))
		t.Logf("%s:\n  %s", name, strings.Join(plan, "\n  "))
	}
}
