package eventlog

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
)

// sequence makes UUIDv7s (RFC 9562, section 5.7), each greater than the one before as bytes and as text. Within a
// millisecond, and while the clock is behind the last id, it counts the random part up by random steps: method 2 of
// section 6.2. Not safe for concurrent use.
type sequence struct {
	ms int64
	a  uint16 // 12 bits
	b  uint64 // 62 bits
}

const (
	lastA = 1<<12 - 1
	lastB = 1<<62 - 1
)

// next returns the next id, of the time now or later.
func (s *sequence) next(now time.Time) string {
	if ms := now.UnixMilli(); ms > s.ms {
		// The highest bit stays free for counting.
		s.ms, s.a, s.b = ms, uint16(rand.Uint32N(1<<11)), rand.Uint64N(lastB+1)
	} else {
		s.step()
	}
	return s.id()
}

// step goes on without a new millisecond. A part that overflows carries over to the one before it.
func (s *sequence) step() {
	if s.b += 1 + rand.Uint64N(1<<32); s.b <= lastB {
		return
	}
	s.b &= lastB
	if s.a++; s.a <= lastA {
		return
	}
	s.a = 0
	s.ms++
}

// after has all that follows be greater than id.
func (s *sequence) after(id string) error {
	u, err := uuid.Parse(id)
	if err != nil || u.Version() != 7 || u.Variant() != uuid.RFC4122 {
		return fmt.Errorf("%q is not a UUIDv7", id)
	}
	high, low := binary.BigEndian.Uint64(u[:8]), binary.BigEndian.Uint64(u[8:])
	s.ms, s.a, s.b = int64(high>>16), uint16(high&lastA), low&lastB
	return nil
}

func (s *sequence) id() string {
	const version, variant = 7 << 12, 1 << 63
	var u uuid.UUID
	binary.BigEndian.PutUint64(u[:8], uint64(s.ms)<<16|version|uint64(s.a))
	binary.BigEndian.PutUint64(u[8:], variant|s.b)
	return u.String()
}

// bound returns the least id of the time t.
func bound(t time.Time) string {
	s := sequence{ms: max(t.UnixMilli(), 0)}
	return s.id()
}
