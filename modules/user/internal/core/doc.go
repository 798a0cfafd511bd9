// Package core holds the rules of the user module: accounts, passwords, sessions and the keys that sign them, and the API
// keys of programs. It knows no transport and no database.
package core
