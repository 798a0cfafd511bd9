// Package status is the closed set of failures that modules tell each other and their users: codes, the error that
// carries one, and the table to and from HTTP. It is not for errors inside a module; those are wrapped as usual and
// become Internal where they cross a module's boundary.
package status
