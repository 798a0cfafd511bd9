package rpc_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
)

// TestCallInThisProcessAllocatesNothing is the price of keeping modules apart: time, and no memory.
func TestCallInThisProcessAllocatesNothing(t *testing.T) {
	call := newNode(t, false).serves(t, func(_ context.Context, r greetRequest) (greetReply, error) {
		return greetReply{Text: r.Name}, nil
	})
	deadline, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	ctx := contract.WithPrincipal(deadline, contract.Principal{Subject: "u1"})
	request := greetRequest{Name: "ada", Tags: []string{"a"}}
	require.Zero(t, testing.AllocsPerRun(1000, func() {
		if _, err := call(ctx, request); err != nil {
			panic(err)
		}
	}))
}
