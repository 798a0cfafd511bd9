package wire

import (
	"encoding/binary"
)

// appendField appends one field of text.
func appendField(b []byte, tag byte, value string) []byte {
	b = append(b, tag)
	b = binary.AppendUvarint(b, uint64(len(value)))
	return append(b, value...)
}

// appendNumber appends one field that is a varint.
func appendNumber(b []byte, tag byte, value uint64) []byte {
	b = append(b, tag, byte(varintLen(value)))
	return binary.AppendUvarint(b, value)
}

// appendText appends a text after its length, as values have them inside.
func appendText(b []byte, text string) []byte {
	b = binary.AppendUvarint(b, uint64(len(text)))
	return append(b, text...)
}

func varintLen(v uint64) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}

// cutField takes the first field off b.
func cutField(b []byte) (tag byte, value, rest []byte, err error) {
	value, rest, err = cutText(b[1:])
	return b[0], value, rest, err
}

// cutText takes a length and as many bytes off b.
func cutText(b []byte) (text, rest []byte, err error) {
	size, n := binary.Uvarint(b)
	if n <= 0 || size > uint64(len(b)-n) {
		return nil, nil, malformed("a length that leads beyond the end")
	}
	return b[n : n+int(size)], b[n+int(size):], nil
}

// number reads a value that is a varint and nothing else.
func number(value []byte) (uint64, error) {
	v, n := binary.Uvarint(value)
	if n <= 0 || n != len(value) {
		return 0, malformed("a number that is none")
	}
	return v, nil
}
