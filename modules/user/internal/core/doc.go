// Package core holds the rules of the user module: accounts, passwords, sessions and the keys that sign them. It knows
// no transport and no database.
package core
