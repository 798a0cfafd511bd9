// Package cluster knows who is in the cluster: which nodes run, where they can be reached, which modules each of them
// offers and in what state, and which node is the home of a module that keeps its data on that node's disk. It learns
// this by gossip (hashicorp/memberlist) and gives it out as immutable views, as a feed of changes and as go-kit
// instancers. What it says is a hint and never a proof; it carries no calls and knows modules by their names only.
//
// # What travels
//
// Strings are one length byte and that many bytes; numbers are big endian. A format number of another value than 1 is
// not read; bytes after the last known field are ignored, so that fields can be added at the end.
//
// A node's gossip name is node~boot, boot being the UUIDv7 of one run of the process. Its metadata, below 400 bytes:
//
//	1  format (1)
//	1  flags: bits 0-1 state (0 starting, 1 ready, 2 draining, of modules also 3 failing), bit 7 the node has made sure that its name is its own
//	s  cluster id, empty until the node has one
//	s  node address, host:port
//	s  version
//	1  number of modules, and for each: 4 hash of its name (FNV-1a), 1 major version, 1 state
//	1  number of modules that have a version of their own, and for each: 1 place in the list above, s version
//
// Homes travel in push/pull exchanges and, when they change, in broadcasts:
//
//	1  format (1)
//	s  cluster id
//	s  gossip name of the sender
//	2  number of homes, and for each: 1 flags (bit 0 not settled yet), s module, s store id, 8 settled (Unix microseconds),
//	   4 epoch, 4 turn, s node, s boot, s address, 2 length of what follows, s mark
//
// # Locks
//
// memberlist calls its delegates with its own locks held. Here they copy into the roster or the table of homes, each under a
// mutex that is held for nothing else, and send a signal. Nothing here calls memberlist while holding a mutex of its own.
package cluster
