package rpc_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain: a call starts no goroutine, whatever becomes of it.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
