package wire_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain: whoever starts a goroutine here waits for it.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
