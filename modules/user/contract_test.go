package user_test

import (
	"testing"

	"holon/modules/modulestest"
	"holon/modules/user"
)

func TestContract(t *testing.T) { modulestest.Golden(t, user.Contract) }
