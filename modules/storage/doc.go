// Package storage gives a module its own database: one file, one writer, many readers. It keeps the promises that
// every module leans on (committed means durable, one process a file, a full disk is an error and never a loss) and
// knows nothing of what is stored. It is not a query builder: statements come from generated code, bound with Bind.
//
// # Writing
//
// All writes of a module pass through one goroutine. It takes the first that waits and whatever else waits behind it,
// runs them in one transaction and makes them durable with one sync, so the price of the sync is shared and nobody
// waits for company. Each function keeps its own outcome: one that fails or panics is undone alone. A write that
// returned nil is on disk and visible to every read that starts afterwards.
//
// A write function holds up every other writer of its module. It must not wait for anything but its own statements,
// must not keep the queries it was given, and must close the rows it opens. It runs on a goroutine of this package.
// Constraints that are checked only at commit (DEFERRABLE INITIALLY DEFERRED) fail the neighbours too; do not
// declare them.
//
// # Files
//
// In the data dir, for a module m: m.db and its journal m.db-wal, m.db-shm, m.store, and m.lock, held by the kernel for
// the process that has the module open. Nothing may open m.db by itself while the module is open: closing such a file
// would drop the database's own locks for the whole process. A file that is damaged or belongs to another module is
// refused and left as it is; one that the last process did not close is looked at for damage before it is used.
//
// m.store, a JSON object with module, store_id and since, remembers which store m.db is. A store whose file vanished, is
// empty or is another's is refused and nothing is made in its place, unless Params.NewStore asks for it. The note is
// written once the file is on disk, so a crash between the two leaves a store that the next Open notes. A note that
// cannot be read keeps the module from opening; where the file is right it may be removed.
//
// Copies are made of a Cut, by the database itself. Package backup makes and restores whole backups of them.
package storage
