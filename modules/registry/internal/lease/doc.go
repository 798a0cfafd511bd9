// Package lease is what one registry node knows of services outside: who has registered, until when, and how they are. It is
// state and rules only. It opens no connection, starts nothing and writes nothing down: whoever owns a Table calls Sweep
// about once a second, carries what Dirty returns to the other nodes, and hands what they send to Merge and Hear.
//
// # Agreement
//
// Each key, a service and an id, has one record at each node. What is written bears a Stamp: a count one higher than any
// known of the key, and the writer's name. Of two records the one with the greater stamp is right, of two with the same one
// the one that lasts longer, and a check's finding is ordered by a stamp of its own below that of the registration it
// belongs to (order.go). So it does not matter in which order records come, how often, or by which way, and no clock is
// compared with another's: what crosses is how long a lease still lasts. What a node was told it does not pass on, except
// to a newcomer (Fetch), and then for a second less, which is more than the way takes: two nodes that fetch from each
// other do not keep a dead lease alive between them.
//
// A goodbye is a record too, and is kept for as long as anybody may have a copy of the lease.
//
// # The guard
//
// A lease that nobody renews ends. When heartbeats fail to come from most at the same time, what has died is more likely
// the way they come by, and a set of instances known a minute ago is worth more than none: the guard holds (guard.go), what
// should end is kept and shown as overdue, until heartbeats come again or somebody says otherwise (Release).
package lease
