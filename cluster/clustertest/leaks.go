package clustertest

import (
	"testing"
	"time"

	"go.uber.org/goleak"
)

// lastProbe is how long a probe of memberlist may outlive its list, whose Shutdown does not wait for it: one probe
// interval, which a list that found itself slow makes up to eight times as long.
const lastProbe = 10 * time.Second

// VerifyTestMain is goleak's for packages whose tests start clusters.
func VerifyTestMain(m *testing.M) { goleak.VerifyTestMain(patient{m}) }

type patient struct{ m *testing.M }

func (p patient) Run() int {
	code := p.m.Run()
	if code == 0 {
		_ = Leaks() // whoever is still there then, goleak tells
	}
	return code
}

// Leaks returns which goroutines are still there when a last probe must have ended.
func Leaks() error {
	deadline := time.Now().Add(lastProbe)
	for {
		err := goleak.Find() // which waits itself, a little
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}
