package rpc

import (
	"fmt"
	"reflect"

	"github.com/fxamacker/cbor/v2"
)

// Limits of what is decoded, far above what a contract carries and far below what hurts.
const (
	maxNesting  = 16
	maxElements = 131072
)

// codec is how requests and replies look between nodes: CBOR with the contract's json tags, times as RFC 3339 in UTC
// with nanoseconds, unknown fields ignored so that the other side may be one release newer. Strings pass as they are:
// what is text is for the owner to say, and it says it alike wherever it runs.
type codec struct {
	enc cbor.UserBufferEncMode
	dec cbor.DecMode
}

func newCodec() (codec, error) {
	enc, err := cbor.EncOptions{Time: cbor.TimeRFC3339NanoUTC}.UserBufferEncMode()
	if err != nil {
		return codec{}, fmt.Errorf("encoder: %w", err)
	}
	dec, err := cbor.DecOptions{
		MaxNestedLevels:  maxNesting,
		MaxArrayElements: maxElements,
		MaxMapPairs:      maxElements,
		DefaultMapType:   reflect.TypeFor[map[string]any](),
		UTF8:             cbor.UTF8DecodeInvalid,
	}.DecMode()
	if err != nil {
		return codec{}, fmt.Errorf("decoder: %w", err)
	}
	return codec{enc: enc, dec: dec}, nil
}

// copyTo moves a value through its encoded form, which is what the network does to it.
func (c codec) copyTo(from, to any) error {
	raw, err := c.enc.Marshal(from)
	if err != nil {
		return fmt.Errorf("encode %T: %w", from, err)
	}
	if err := c.dec.Unmarshal(raw, to); err != nil {
		return fmt.Errorf("decode %T: %w", to, err)
	}
	return nil
}
