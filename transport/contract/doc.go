// Package contract holds the words in which a module says what others may ask of it: methods, principals, pages,
// idempotency. It describes and never acts: dispatching is transport/rpc, HTTP is transport/web.
package contract
