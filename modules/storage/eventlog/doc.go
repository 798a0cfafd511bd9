// Package eventlog keeps a module's events, their deliveries and the module's inbox in the module's database. It is
// what transport/events asks of one, and no more: it hands nothing over and knows nothing of when to try again.
//
// # Statements by hand
//
// Unlike the modules' stores this one has no generated queries. Its statements are few, and they come in batches, with
// filters and with lists of ids, which generated code has no words for; it would also allocate for every row on the way
// of every order. The price is that nobody but the tests checks the columns against the Scans.
//
// Lists of ids travel as one JSON parameter, so that one prepared statement serves every length.
//
// # Order
//
// Events and deliveries get their ids inside the write function that adds them. There is one writer, so ids ascend in
// the order of commits, and the counters that give them are touched by nobody else and need no lock. A transaction that
// is undone leaves a gap.
package eventlog
