package web

import "time"

// Limits bound what one client can cost. Every limit refuses; none truncates.
type Limits struct {
	// RequestTimeout is the deadline of a route that names none.
	RequestTimeout time.Duration
	// ReadHeaderTimeout bounds the arrival of a request's headers.
	ReadHeaderTimeout time.Duration
	// IdleTimeout closes a kept connection that is not used.
	IdleTimeout time.Duration
	// MaxHeaderBytes is the size of all headers together.
	MaxHeaderBytes int
	// MaxHeaderFields is their number.
	MaxHeaderFields int
	// MaxURL is the length of the request's target in bytes.
	MaxURL int
	// MaxBody is the size of a request's body in bytes.
	MaxBody int64
	// MaxConns is the number of open connections; further ones wait.
	MaxConns int
	// MaxConnsPerAddress is the number of open connections of one client address; further ones are closed. 0 means
	// no limit, which is right behind a proxy.
	MaxConnsPerAddress int
	// IdleGrace is how long a server that stops keeps connections open whose clients may be about to send another
	// request, see Server.Shutdown.
	IdleGrace time.Duration
}

// DefaultLimits are those of a public server that nothing protects.
func DefaultLimits() Limits {
	return Limits{
		RequestTimeout:     10 * time.Second,
		ReadHeaderTimeout:  5 * time.Second,
		IdleTimeout:        75 * time.Second, // longer than the 60 s of common load balancers, so that they close first
		MaxHeaderBytes:     32 << 10,
		MaxHeaderFields:    100,
		MaxURL:             8 << 10,
		MaxBody:            1 << 20,
		MaxConns:           10_000,
		MaxConnsPerAddress: 0,
		IdleGrace:          time.Second,
	}
}

// What is sent is given a base and a time by its size: a slow line is welcome, a line that is slow on purpose is not.
const (
	bodyBase = 15 * time.Second
	bodyStep = 64 << 10
)

// bodyTime is how long a body of the announced length may take to arrive; -1, an unknown length, gets the time of the
// largest, and 0, which is none, gets none.
func (l Limits) bodyTime(length int64) time.Duration {
	if length == 0 {
		return 0
	}
	if length < 0 || length > l.MaxBody {
		length = l.MaxBody
	}
	return lineTime(length)
}

// lineTime is how long so many bytes may take on a slow line.
func lineTime(length int64) time.Duration {
	return bodyBase + time.Duration(length/bodyStep)*time.Second
}
