package limit

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Refused is the error of a request that the target should not be asked now. Nothing of it has been done: it may be
// repeated, whatever it is.
type Refused struct {
	// Class is the request's, Limit what the limit was.
	Class Class
	Limit int
	// RetryAfter is when to come back. It is a hint: at least a second, later the less important the class, and random, so
	// that those who were refused together do not come back together.
	RetryAfter time.Duration
}

// Error is for logs.
func (r *Refused) Error() string {
	return fmt.Sprintf("%s request refused at a limit of %d at once", r.Class, r.Limit)
}

func refused(class Class, limit int) *Refused {
	spread := time.Duration(class+1) * time.Second
	return &Refused{Class: class, Limit: limit, RetryAfter: time.Second + rand.N(spread)}
}

var _ error = (*Refused)(nil)
