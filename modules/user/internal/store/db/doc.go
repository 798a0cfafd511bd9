// Package db is the code that sqlc makes of the user module's queries; `make generate` writes it anew. Only the store uses
// it.
package db
