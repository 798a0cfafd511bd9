package core

import "time"

// Check, Stamp and what follows them are opened to the tests.
var Check = check

// Stamp is a time as it is stored and sent.
func Stamp(at time.Time) time.Time { return (&Core{now: func() time.Time { return at }}).stamp() }

const (
	// Currencies are the codes that are taken.
	Currencies = currencies
	// ForgetBatch is how many answers one transaction forgets, CancelBatch how many orders one cancels.
	ForgetBatch = forgetBatch
	CancelBatch = cancelBatch
)
