package order_test

import (
	"testing"

	"holon/modules/modulestest"
	"holon/modules/order"
)

func TestContract(t *testing.T) { modulestest.Golden(t, order.Contract) }
