// Package api puts the order module's core on the transports: handlers and client for calls, routes for HTTP. Each is
// a translation and nothing else.
package api
