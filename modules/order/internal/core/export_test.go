package core

// Check and Currencies are opened to the tests.
var (
	Check = check
	// ForgetBatch is how many answers one transaction forgets.
	ForgetBatch = forgetBatch
)

// Currencies are the codes that are taken.
const Currencies = currencies
