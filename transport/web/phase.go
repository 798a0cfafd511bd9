package web

// phase is how far a connection is with its present request. It says what a missed deadline means, and whether an
// answer is a handler's or one that net/http makes by itself.
type phase uint32

const (
	// idle connections have nothing to do, since they are there or since the last answer.
	idle phase = iota
	// waiting ones have been given a time for the first byte of a request. None has come: nobody is late.
	waiting
	// arriving: the client owes the rest of the headers.
	arriving
	// receiving: a handler is in charge, and the client owes the rest of the body.
	receiving
	// answering: a handler is in charge, and the client owes nothing. What it sends is not for now.
	answering
	// over: the client has missed a deadline or was refused. It is counted once, whatever else it does.
	over
)

func (c *conn) now() phase { return phase(c.phase.Load()) }

// to goes on to a phase. The goroutine that serves the connection does, while the one by which net/http watches a client
// during an answer only looks.
func (c *conn) to(p phase) { c.phase.Store(uint32(p)) }

// begin hands the connection over to a handler.
func (c *conn) begin(body bool) {
	if body {
		c.to(receiving)
		return
	}
	c.to(answering)
}

// deadline follows net/http, whose read deadlines tell where it is. A connection that was used gets two: one for the
// first four bytes of a request, one for its headers. A new one gets only the second.
func (c *conn) deadline(none bool) {
	switch now := c.now(); {
	case now == idle:
		c.to(waiting)
	case now == waiting:
		// Not a byte was read in between: four or more of the request had come together with the one before.
		c.framing.unseen = true
		c.to(arriving)
	case none && (now == arriving || now == receiving):
		c.to(answering) // all of the request is there, and net/http begins to watch the client
	}
}

// met counts the limit that ends the connection, unless one has before.
func (c *conn) met(l limit) {
	if phase(c.phase.Swap(uint32(over))) != over {
		c.server.refused.count(l)
	}
}
