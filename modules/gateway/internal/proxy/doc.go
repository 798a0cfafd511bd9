// Package proxy sends requests on to services that are no modules and brings their answers back: it chooses an instance,
// tries another where nobody has got the request, makes it again where that does no harm, and says which of all that went
// wrong. It decides neither which route a request takes (package routes) nor who may (package core).
package proxy
