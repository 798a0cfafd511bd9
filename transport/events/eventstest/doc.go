// Package eventstest is what every way to carry events must pass, and every database that keeps them: conformance tests of
// a watermill Publisher and Subscriber, and of the whole path from a commit to its effect. What may differ between
// backends is a declared feature, and is tested either way. It is for tests only.
package eventstest
