package eventlog

import "time"

// Sequence gives ids as a log does.
type Sequence struct{ s sequence }

// Next returns the next id.
func (s *Sequence) Next(now time.Time) string { return s.s.next(now) }

// After has the ids go on after id.
func (s *Sequence) After(id string) error { return s.s.after(id) }

// Bound returns the least id of a time.
func Bound(t time.Time) string { return bound(t) }

// Chunk is how much is changed in one transaction.
const Chunk = chunk

// Texts are those of statements that must not read more than they have to.
var Texts = map[string]string{
	"last": selectLast, "done": deleteDone, "refused": updateRefused, "open": selectOpen, "events": selectEvents,
	"backlog": selectBacklog, "entries": selectEntries, "page": selectPage, "of page": selectOfPage, "tail": selectTail,
	"newest": selectNewest, "taken": selectTaken, "revived": updateRevived, "dropped": deleteDropped,
	"replayed": selectReplayed, "old events": selectOldEvents, "delete events": deleteEvents,
	"old receipts": selectOldReceipts, "delete receipts": deleteReceipts,
}
