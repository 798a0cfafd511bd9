// Package web is the HTTP edge: routes with their OpenAPI description, problem+json, authentication hooks,
// idempotency keys, limits and server settings. Modules describe their routes with it; it knows none of them and
// decides nothing about business.
package web
