// Package webtest makes what no client should send, so that tests can see what becomes of it. It knows HTTP and no
// route but those it is given.
package webtest
