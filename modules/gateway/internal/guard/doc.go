// Package guard decides which requests are let in, once it is known who asks: whether an API key is for the route, whether a
// client has asked too often, and whether the target is crowded. It serves all routes, those of modules and those to
// services outside, and knows neither how requests arrive nor how they are served.
package guard
