// Package modules is the kernel: what a module declares, how declarations become one graph for the modules placed on
// a node, and how those are started and stopped. It knows no module by name and no network.
package modules
