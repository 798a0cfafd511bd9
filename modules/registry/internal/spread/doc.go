// Package spread keeps the lease tables of the registry nodes alike. What was written here is told to the others some times a
// second; a node that is new, or was out of reach, is told everything; a node that starts asks for everything. It decides
// nothing about leases, and promises no more than that tables become alike: what got lost, the next heartbeat heals.
package spread
