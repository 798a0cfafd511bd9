// Package backup copies the databases of a running node into a folder, as they all were at one instant, and puts such a
// copy in the place of a stopped node's databases. It knows no module and does not decide when a backup is due.
//
// # A backup
//
// It is a folder with one file for each module, <module>.db, and manifest.json. Each file is a whole database by itself,
// without a journal. The manifest, a JSON object of format 1, says of the backup: format, holon (the version that took
// it), node, taken_at and held_us (how long writers stood still, in microseconds); and in stores of each file: module,
// file, store_id, bytes, sha256, schema (versions by module and part), rows (by table) and summary (what the module's
// parts count of themselves: of the event log events, open, parked, receipts, and, where a delivery is open or parked,
// oldest_open_us, the time of the oldest such event in microseconds since 1970; it is missing in a file without an event
// log). Fields may be added within a format; a reader refuses a higher one.
//
// The folder has its name only when all of that was written, synced, read again and found right. Before, it is called
// <name>.partial; what a crash leaves of one is replaced by the next backup of that name. A file named lock is no part of
// a backup: readers pass it over.
//
// Stores are copied one after the other. Those that come later keep their snapshots, and their journals grow, until their
// turn; a backup gives up before the disk of the data dir gets low.
//
// # A restore
//
// Copies are staged in <data dir>/restoring. Up to here nothing has changed, and a restore that ends can be forgotten.
// Then restoring/swap.json is written, and from now on the modules do not open: what is there moves to
// <data dir>/replaced-<time>, the copies move to its place, and the data dir remembers them as its stores. At last
// swap.json is removed. A restore that finds one first finishes what it says.
//
// What a data dir remembers of a store is no data of a module: alone it is replaced without a question, and with the
// store's files it moves away, so that they fit when somebody moves them back.
package backup
