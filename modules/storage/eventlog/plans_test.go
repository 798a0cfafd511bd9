package eventlog_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
	"holon/modules/storage/eventlog"
)

// TestPlans holds that the tables that grow to millions of rows are read in ranges of their keys. Deliveries have no
// index but their id, so some statements read all of them; those of every event and every mark do not.
func TestPlans(t *testing.T) {
	t.Parallel()
	m := openModule(t, t.TempDir())
	readDeliveries := []string{"backlog", "entries", "page", "of page", "old events"}
	for name, text := range eventlog.Texts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := m.plan(t, text)
			t.Log(strings.Join(plan, "\n"))
			for _, step := range plan {
				require.NotEqual(t, "SCAN inbox", step)
				require.NotContains(t, step, "AUTOMATIC")
				if name != "newest" { // which ends at the first row
					require.NotEqual(t, "SCAN events", step)
				}
				if !slices.Contains(readDeliveries, name) {
					require.NotEqual(t, "SCAN deliveries", step)
					require.NotEqual(t, "SCAN d", step)
				}
			}
		})
	}
}

// plan says how a statement will be executed.
func (m module) plan(t *testing.T, text string) (plan []string) {
	require.NoError(t, m.sql.Read(t.Context(), func(ctx context.Context, db storage.DBTX) error {
		rows, err := db.QueryContext(ctx, "EXPLAIN QUERY PLAN "+text, make([]any, 16)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				return err
			}
			plan = append(plan, step)
		}
		return rows.Err()
	}))
	return plan
}
