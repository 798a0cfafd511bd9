package storage_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// childEnv makes this test binary play another process; its value says which part.
const childEnv = "HOLON_STORAGE_TEST_CHILD"

func TestMain(m *testing.M) {
	if part := os.Getenv(childEnv); part != "" {
		os.Exit(playChild(part, os.Args[1:]))
	}
	goleak.VerifyTestMain(m)
}
