package eventlog

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"holon/transport/events"
)

// row is a *sql.Row or a *sql.Rows.
type row interface{ Scan(into ...any) error }

// all returns what stmt gives for args.
func all[T any](ctx context.Context, stmt *sql.Stmt, scan func(row) (T, error), args ...any) (out []T, err error) {
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // rows.Err has told
	for rows.Next() {
		t, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

// scanEvent takes id, topic, key, version, schema, time, trace, cause, data.
func scanEvent(r row) (e events.Event, err error) {
	var at int64
	err = r.Scan(&e.ID, &e.Topic, &e.Key, &e.Version, &e.Schema, &at, &e.Trace, &e.Cause, &e.Data)
	e.Time = fromMicros(at)
	return e, err
}

// scanDelivery takes id, event, subscriber, key, replay, attempts, due.
func scanDelivery(r row) (d events.Delivery, err error) {
	var due int64
	err = r.Scan(&d.ID, &d.EventID, &d.Subscriber, &d.Key, &d.Replay, &d.Attempts, &due)
	d.Due = orZero(due)
	return d, err
}

// scanOne takes a single column.
func scanOne[T any](r row) (t T, err error) {
	err = r.Scan(&t)
	return t, err
}

// list is ids as the JSON that a statement takes a list in.
func list[T string | int64 | [3]string](ids []T) string {
	text, _ := json.Marshal(ids) // strings and integers always can be
	return string(text)
}

// micros is how a time that may be none is stored: microseconds since 1970, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// orZero reverses micros.
func orZero(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return fromMicros(us)
}

func fromMicros(us int64) time.Time { return time.UnixMicro(us).UTC() }
