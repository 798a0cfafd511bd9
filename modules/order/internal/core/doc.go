// Package core holds the rules of the order module: what an order is, what may become of it, and that a request sent
// twice is done once. It knows no transport and no database.
package core
