// Package clustertest runs whole fleets of cluster nodes in one process, on a network in memory that can be cut, healed and
// made to lose packets. Nothing of it needs real time, so fleets run inside testing/synctest, where a minute costs nothing.
package clustertest
