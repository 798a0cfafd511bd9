package limit

import "strconv"

// Class is how important a request is.
type Class uint8

// The classes, most important first.
const (
	// Critical is what keeps the system alive and lets people look at it: health, administration.
	Critical Class = iota
	// Write changes something, and carries a key that makes it safe to repeat.
	Write
	// Read is asked by somebody who is known.
	Read
	// Anonymous is asked by nobody in particular.
	Anonymous

	// Classes is how many there are.
	Classes = 4
)

// String returns the name as metrics have it: "critical", "write", "read", "anonymous".
func (c Class) String() string {
	switch c {
	case Critical:
		return "critical"
	case Write:
		return "write"
	case Read:
		return "read"
	case Anonymous:
		return "anonymous"
	default:
		return "class " + strconv.Itoa(int(c))
	}
}

// known takes a class that there is none of for the least important.
func (c Class) known() Class { return min(c, Anonymous) }
