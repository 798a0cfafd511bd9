package configs

import (
	"math"
	"strconv"
	"strings"
)

// Bytes is an amount of data in bytes, written as a whole number with an optional unit: 512, 64KiB, 1MiB.
type Bytes int64

// The units a size may be written in. They are powers of 1024 only: under the name of "1MB" people mean two different
// amounts.
const (
	KiB Bytes = 1 << 10
	MiB Bytes = 1 << 20
	GiB Bytes = 1 << 30
	TiB Bytes = 1 << 40
)

type unit struct {
	name string
	size Bytes
}

// units returns the known units, greatest first, so that the first that fits is the shortest way to write a size.
func units() []unit { return []unit{{"TiB", TiB}, {"GiB", GiB}, {"MiB", MiB}, {"KiB", KiB}, {"B", 1}} }

// String writes b in the greatest unit that divides it: 1MiB, 1500B, 0.
func (b Bytes) String() string {
	for _, u := range units() {
		if b != 0 && b%u.size == 0 {
			return strconv.FormatInt(int64(b/u.size), 10) + u.name
		}
	}
	return "0"
}

// UnmarshalText reads a size. It refuses signs, fractions, other units and what does not fit 63 bits.
func (b *Bytes) UnmarshalText(text []byte) error {
	number, size := string(text), Bytes(1)
	for _, u := range units() {
		if n, ok := strings.CutSuffix(number, u.name); ok {
			number, size = n, u.size
			break
		}
	}
	n, err := strconv.ParseUint(number, 10, 63)
	if err != nil || n > uint64(math.MaxInt64/size) {
		return wanted("a size such as 512, 64KiB or 1MiB")
	}
	*b = Bytes(n) * size
	return nil
}

// MarshalText writes what String writes.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }
