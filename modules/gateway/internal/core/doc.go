// Package core holds what the gateway knows by itself: which public keys are good, of holon and of issuers outside, who a
// token speaks for, and whom an API key stands for. It fetches nothing over HTTP and serves nothing; those are internal/api
// and transport/web.
package core
