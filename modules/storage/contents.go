package storage

import (
	"context"
	"fmt"
	"strings"
)

// Contents is what a file says of itself, enough to tell a copy from its original.
type Contents struct {
	StoreID string
	// Schema holds the schema versions of the module, under its name, and of its parts.
	Schema map[string]int64
	// Rows counts the rows of every table.
	Rows map[string]int64
}

const versionSuffix = "_version"

// readContents reads every table once. It fails on a file that is not the module's.
func readContents(ctx context.Context, db DBTX, path, module string) (Contents, error) {
	id, err := readIdentity(ctx, db, path, module)
	switch {
	case err != nil:
		return Contents{}, err
	case id == nil:
		return Contents{}, &ForeignError{Path: path, Module: module}
	}
	c := Contents{StoreID: id.storeID, Schema: map[string]int64{}, Rows: map[string]int64{}}
	tables, err := tableNames(ctx, db)
	if err != nil {
		return Contents{}, fmt.Errorf("list tables: %w", err)
	}
	for _, name := range tables {
		var n int64
		if err := db.QueryRowContext(ctx, `SELECT count(*) FROM `+quoted(name)).Scan(&n); err != nil {
			return Contents{}, fmt.Errorf("count rows of %s: %w", name, err)
		}
		c.Rows[name] = n
		if err := c.readVersion(ctx, db, name, module); err != nil {
			return Contents{}, fmt.Errorf("read schema version in %s: %w", name, err)
		}
	}
	return c, nil
}

// readVersion notes the version that a table of goose's holds, and passes over other tables.
func (c *Contents) readVersion(ctx context.Context, db DBTX, table, module string) error {
	of, ok := strings.CutSuffix(table, versionSuffix)
	if !ok {
		return nil
	}
	var columns int
	err := db.QueryRowContext(ctx, `SELECT count(*) FROM pragma_table_info($1) WHERE name IN ('version_id', 'is_applied')`, table).
		Scan(&columns)
	if err != nil || columns != 2 {
		return err
	}
	if of == moduleHistory {
		of = module
	}
	var version int64
	if err := db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM `+quoted(table)).Scan(&version); err != nil {
		return err
	}
	c.Schema[of] = version
	return nil
}

func tableNames(ctx context.Context, db DBTX) (names []string, err error) {
	rows, err := db.QueryContext(ctx, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err has told
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
