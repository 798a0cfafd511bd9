package main

import (
	"testing"

	"holon/modules/modulestest"
)

// TestNodeContract holds what nodes ask of each other: those of two releases run side by side.
func TestNodeContract(t *testing.T) { modulestest.Golden(t, nodeContract) }
