// Package check finds out whether instances of services outside do their work, by asking them now and then over HTTP or by a
// connection. It knows neither leases nor other registry nodes: it is told whom to ask, whether that is this node's part, and
// tells what it found.
package check
