//go:build race

package main

// raced builds the tests' real binary with the race detector when they run with it.
const raced = true
