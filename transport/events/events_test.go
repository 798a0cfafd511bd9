package events_test

import (
	"flag"
	"testing"
	"testing/synctest"

	"github.com/ThreeDotsLabs/watermill/message"
	"go.uber.org/goleak"

	"holon/transport/events"
	"holon/transport/events/eventstest"
)

func TestMain(m *testing.M) {
	checks := "60"
	if raceEnabled {
		checks = "4"
	}
	_ = flag.Set("rapid.checks", checks) // unless the command line says otherwise
	// A watermill router that could not subscribe leaves this behind, whatever is done with it.
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/ThreeDotsLabs/watermill/message.(*Router).watchAllHandlersStopped.func1"))
}

// setup is the backend inside a process over SQLite.
func setup() eventstest.Setup {
	return eventstest.Setup{
		Features: eventstest.Features{Refuses: true, Judges: true, KeyOrder: true},
		Pubsub: func(t *testing.T) (message.Publisher, message.Subscriber) {
			l := events.NewLocal()
			t.Cleanup(func() { _ = l.Close() })
			return l, l
		},
		Store: func(t *testing.T, dir, name string) eventstest.Store { return openModule(t, dir, name) },
	}
}

func TestLocalPubsub(t *testing.T) {
	t.Parallel()
	eventstest.Pubsub(t, setup())
}

func TestLocalPath(t *testing.T) {
	t.Parallel()
	keys, versions := 1000, 20
	if testing.Short() || raceEnabled {
		keys, versions = 100, 20
	}
	eventstest.Path(t, setup(), keys, versions)
}

func TestLocalEdges(t *testing.T) {
	t.Parallel()
	eventstest.Edges(t, setup())
}

func TestLocalMachine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { eventstest.Machine(t, setup()) })
}
