// Package core holds what the gateway knows by itself: which public keys are good, and who a token speaks for. It
// serves nothing; that is transport/web.
package core
