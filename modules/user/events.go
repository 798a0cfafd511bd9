package user

import (
	"time"

	"holon/transport/contract"
)

// Changed says that an account was made, changed or deleted. It carries no personal data, because logs of events
// outlive the account: whoever needs more asks for it.
type Changed struct {
	ID string `json:"id"`
	// Version is the profile's that the change made; a deletion counts as one.
	Version int64     `json:"version"`
	At      time.Time `json:"at"`
}

// What the module announces, keyed by the account's id. What is no change of the profile is not announced: neither a
// promotion nor what an account's orders come to.
var (
	WasCreated = topic("user.created")
	WasUpdated = topic("user.updated")
	WasDeleted = topic("user.deleted")
)

func topic(name string) contract.Topic[Changed] {
	return contract.Topic[Changed]{Name: name, Schema: 1,
		Key:     func(c Changed) string { return c.ID },
		Version: func(c Changed) int64 { return c.Version },
	}
}
