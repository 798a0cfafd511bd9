package cluster_test

import (
	"testing"

	"holon/cluster/clustertest"
)

func TestMain(m *testing.M) { clustertest.VerifyTestMain(m) }
