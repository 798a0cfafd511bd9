//go:build !race

package wire_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/wire"
)

// TestACallAllocatesLittle on both sides together: the handler's context and the subject. The race detector empties
// pools at random, so this is not for it.
func TestACallAllocatesLittle(t *testing.T) {
	h := start(t, echo)
	c, _ := dial(t, h.addr)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r := &wire.Request{
		Method: "user.get", Caller: "order", Body: make([]byte, 300),
		Principal: contract.Principal{Subject: "u1", Roles: []string{"user"}},
	}
	call := func() {
		if err := c.Call(ctx, r, func([]byte) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	require.LessOrEqual(t, testing.AllocsPerRun(2000, call), 3.0)
}
