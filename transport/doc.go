// Package transport says how modules talk. It holds no code of its own: contract describes, status names failures,
// rpc carries calls, web is the HTTP edge.
//
// What may cross from one module to another, in one process as between two:
//
//   - A request and a reply: plain values of the types that the owner's contract package declares. Exported fields of
//     booleans, numbers, strings, times, byte slices, slices, maps with string keys and structs of these; pointers only
//     to say "absent". No interfaces, functions, channels, unexported or hidden fields: a check at wiring refuses them.
//   - A failure: its code, its reason, one sentence and string details. Causes, stacks and Go types stay where they
//     happened.
//   - The deadline and the caller's wish to stop.
//   - The principal, which is who the work is for, and the trace it belongs to.
//
// Nothing else crosses. A value put into a context by one module is not there for the next; a pointer kept from a
// request is a pointer into somebody else's memory today and a copy tomorrow. Running with --strict makes a single
// process behave like the network in both points.
//
// Times are UTC with microseconds: what a database keeps and what the wire carries.
package transport
