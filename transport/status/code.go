package status

// Code is the class of a failure. The set is closed and its numbers are frozen: they cross the wire, so a number is
// never reused and a new code goes to the end.
type Code uint8

// The codes, with what a caller may conclude from each.
const (
	// Internal means a fault of ours. Its cause stays in the log of the node where it happened.
	Internal Code = 1
	// Malformed means the request could not be read at all.
	Malformed Code = 2
	// Invalid means the request was read and breaks a rule; the message says which.
	Invalid Code = 3
	// Unauthenticated means nobody is known to be asking.
	Unauthenticated Code = 4
	// PermissionDenied means the one who asks is known and may not.
	PermissionDenied Code = 5
	// NotFound means the thing does not exist, or not for the one who asks.
	NotFound Code = 6
	// Conflict means the present state of the thing forbids the change.
	Conflict Code = 7
	// PreconditionFailed means the caller's own condition (If-Match) does not hold.
	PreconditionFailed Code = 8
	// TooLarge means the request exceeds a named limit.
	TooLarge Code = 9
	// Exhausted means the caller used up its share; it may try again later.
	Exhausted Code = 10
	// Unavailable means the work was not begun because nobody could take it now. Trying again is safe.
	Unavailable Code = 11
	// DeadlineExceeded means time ran out; the work may or may not have been done.
	DeadlineExceeded Code = 12
	// Canceled means the caller went away; the work may or may not have been done.
	Canceled Code = 13
	// StorageFull means the write was not done because the disk has no room.
	StorageFull Code = 14
	// Unimplemented means this version does not have the method.
	Unimplemented Code = 15
)

// row is one line of the table that ties a code to its name and its HTTP status.
type row struct {
	name string
	http int
}

// table is the one place where codes meet HTTP. 499 is the customary status of a client that hung up.
var table = [...]row{
	Internal:           {"internal", 500},
	Malformed:          {"malformed", 400},
	Invalid:            {"invalid", 422},
	Unauthenticated:    {"unauthenticated", 401},
	PermissionDenied:   {"permission_denied", 403},
	NotFound:           {"not_found", 404},
	Conflict:           {"conflict", 409},
	PreconditionFailed: {"precondition_failed", 412},
	TooLarge:           {"too_large", 413},
	Exhausted:          {"exhausted", 429},
	Unavailable:        {"unavailable", 503},
	DeadlineExceeded:   {"deadline_exceeded", 504},
	Canceled:           {"canceled", 499},
	StorageFull:        {"storage_full", 507},
	Unimplemented:      {"unimplemented", 501},
}

// Codes returns every code in ascending order.
func Codes() []Code {
	out := make([]Code, 0, len(table)-1)
	for c := Internal; int(c) < len(table); c++ {
		out = append(out, c)
	}
	return out
}

// Known reports whether c is one of the closed set.
func (c Code) Known() bool { return c >= Internal && int(c) < len(table) }

// String returns the code's snake_case name, "internal" for a number outside the set.
func (c Code) String() string {
	if !c.Known() {
		c = Internal
	}
	return table[c].name
}

// HTTP returns the HTTP status of the code, 500 for a number outside the set.
func (c Code) HTTP() int {
	if !c.Known() {
		c = Internal
	}
	return table[c].http
}

// FromHTTP returns the code of an HTTP status. A 4xx that no code stands for is Malformed and any other unknown
// status is Internal.
func FromHTTP(httpStatus int) Code {
	for _, c := range Codes() {
		if table[c].http == httpStatus {
			return c
		}
	}
	if httpStatus >= 400 && httpStatus < 500 {
		return Malformed
	}
	return Internal
}
