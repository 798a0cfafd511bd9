package wire

// keepBody is the largest body whose memory is used again.
const keepBody = 64 << 10

// recycled returns the memory of b, empty, if it is worth keeping.
func recycled(b []byte) []byte {
	if cap(b) > keepBody {
		return nil
	}
	return b[:0]
}

// waiter returns one that holds nothing of the call it was for. They come back with their memory.
func (c *Conn) waiter() *waiter {
	if w, ok := c.waiters.Get().(*waiter); ok {
		return w
	}
	return &waiter{done: make(chan struct{}, 1)}
}

// task likewise.
func (s *Server) task() *task {
	if t, ok := s.tasks.Get().(*task); ok {
		return t
	}
	return new(task)
}
