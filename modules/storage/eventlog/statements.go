package eventlog

import (
	"context"
	"database/sql"
	"fmt"

	"holon/modules/storage"
)

// statements are prepared once for the writer and once for the readers. Their texts stand where they are used.
type statements struct {
	selectLast, insertEvent, insertDelivery, deleteDone, updateRefused, insertReceipt *sql.Stmt

	selectOpen, selectEvents, selectBacklog *sql.Stmt

	selectEntries, selectPage, selectOfPage, selectTail, selectNewest *sql.Stmt

	selectLastDelivery, selectTaken, updateRevived, deleteDropped *sql.Stmt

	selectLastEvent, selectReplayed *sql.Stmt

	selectOldEvents, deleteEvents, updateForgotten, selectOldReceipts, deleteReceipts *sql.Stmt
}

// prepare prepares the statements on db and has the log go on from what it holds.
func (l *Log) prepare(ctx context.Context, db storage.DBTX) (*statements, error) {
	q := &statements{}
	for text, stmt := range map[string]**sql.Stmt{
		selectLast:         &q.selectLast,
		insertEvent:        &q.insertEvent,
		insertDelivery:     &q.insertDelivery,
		deleteDone:         &q.deleteDone,
		updateRefused:      &q.updateRefused,
		insertReceipt:      &q.insertReceipt,
		selectOpen:         &q.selectOpen,
		selectEvents:       &q.selectEvents,
		selectBacklog:      &q.selectBacklog,
		selectEntries:      &q.selectEntries,
		selectPage:         &q.selectPage,
		selectOfPage:       &q.selectOfPage,
		selectTail:         &q.selectTail,
		selectNewest:       &q.selectNewest,
		selectLastDelivery: &q.selectLastDelivery,
		selectTaken:        &q.selectTaken,
		updateRevived:      &q.updateRevived,
		deleteDropped:      &q.deleteDropped,
		selectLastEvent:    &q.selectLastEvent,
		selectReplayed:     &q.selectReplayed,
		selectOldEvents:    &q.selectOldEvents,
		deleteEvents:       &q.deleteEvents,
		updateForgotten:    &q.updateForgotten,
		selectOldReceipts:  &q.selectOldReceipts,
		deleteReceipts:     &q.deleteReceipts,
	} {
		var err error
		if *stmt, err = db.PrepareContext(ctx, text); err != nil {
			return nil, fmt.Errorf("prepare %s: %w", text, err)
		}
	}
	return q, l.count(ctx, q)
}
