// Package balance chooses the instance of a module that a call goes to: it follows the set of instances, prefers those
// that are less busy, and keeps away from those that have failed. It is used by calls between modules and by whoever
// else sends requests to instances. It opens no connections (the go-kit sd.Factory it is given does) and decides nothing
// about repeating a call.
//
// # The choice
//
// Of the instances that are ready, two are looked at, and the one with fewer calls in flight is taken (the power of two
// choices, Mitzenmacher 1996). Draining ones come last.
//
// # Ejection
//
// Five failures in a row eject an instance for a second, and each time it fails again for twice as long, up to 30 s. Then
// one call that may be repeated is tried on it: it comes back, or goes for longer. Never more than half of several
// instances are ejected, and the only one never is: an instance that may work is better than none.
package balance
