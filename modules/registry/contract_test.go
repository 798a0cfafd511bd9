package registry_test

import (
	"testing"

	"holon/modules/modulestest"
	"holon/modules/registry"
)

func TestContract(t *testing.T) { modulestest.Golden(t, registry.Contract) }
