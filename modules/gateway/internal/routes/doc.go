// Package routes is what an operator says of services outside: which requests go where, and on what terms. It reads and
// checks that, finds the route of a request and tells two tables apart. It sends nothing; that is package proxy's.
package routes
