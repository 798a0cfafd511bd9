package cluster

// State is how far a node, or a module on it, is in its life.
type State uint8

// The states, in order of life. Their numbers cross the wire.
const (
	// Starting takes no calls yet.
	Starting State = 0
	// Ready serves.
	Ready State = 1
	// Draining still serves and is chosen last, because it goes.
	Draining State = 2
	// Failing still serves and is chosen last, because its own checks fail. Only modules do.
	Failing State = 3
)

// String returns the word that instances and tables show.
func (s State) String() string {
	switch s {
	case Ready:
		return "ready"
	case Draining:
		return "draining"
	case Failing:
		return "failing"
	default:
		return "starting"
	}
}

// knownOfNode is known for a node, which does not fail.
func knownOfNode(s State) State {
	if s > Draining {
		return Starting
	}
	return s
}

// known maps what a newer version may send to what is safe: a state nobody here knows gets no calls.
func known(s State) State {
	if s > Failing {
		return Starting
	}
	return s
}
