package web

import (
	"strconv"
	"time"
)

// limit is one bound on what a client can cost. Its number is its line in Limits.Describe.
type limit uint8

const (
	maxURL limit = iota
	maxHeaderFields
	maxHeaderSize
	maxBody
	bodyTimeout
	requestTimeout
	readHeaderTimeout
	// maxConnections is met by each client that had to wait for another's connection to end.
	maxConnections
	maxConnectionsPerAddress
	writeTimeout
	// malformed is what is no HTTP/1.1, also an expectation other than 100-continue, which is answered 417.
	malformed
)

// Limit is a bound as people look it up.
type Limit struct {
	// Name is also the label of holon_http_refused_total.
	Name string `json:"name"`
	// Setting is the key of what changes it, "" for what follows from others or is fixed.
	Setting string `json:"setting,omitempty"`
	// Now is its value, sizes in the units of the configuration.
	Now string `json:"now,omitempty"`
	// Refusal is what a client meets beyond it: a status and a code, or what becomes of its connection.
	Refusal string `json:"refusal"`
}

// Describe lists every limit that is counted.
func (l Limits) Describe() []Limit {
	set := func(name, now, refusal string) Limit { return Limit{name, "gateway." + name, now, refusal} }
	return []Limit{
		maxURL:          set("max_url", size(int64(l.MaxURL)), "414 request_uri_too_long"),
		maxHeaderFields: set("max_header_fields", strconv.Itoa(l.MaxHeaderFields), "431 request_header_fields_too_large"),
		maxHeaderSize:   set("max_header_size", size(int64(l.MaxHeaderBytes)), "431 request_header_fields_too_large"),
		maxBody:         set("max_body", size(l.MaxBody), "413 too_large"),
		bodyTimeout: {Name: "body_timeout", Now: bodyBase.String() + " and 1s for each " + size(bodyStep),
			Refusal: "400 request_timeout"},
		requestTimeout:           set("request_timeout", l.RequestTimeout.String(), "504 deadline_exceeded"),
		readHeaderTimeout:        set("read_header_timeout", l.ReadHeaderTimeout.String(), "connection closed"),
		maxConnections:           set("max_connections", orNone(l.MaxConns), "waits"),
		maxConnectionsPerAddress: set("max_connections_per_address", orNone(l.MaxConnsPerAddress), "connection closed"),
		writeTimeout: {Name: "write_timeout", Now: writeGrace.Round(time.Second).String() + " after the request's deadline",
			Refusal: "connection closed"},
		malformed: {Name: "malformed", Refusal: "400 malformed"},
	}
}

func orNone(n int) string {
	if n == 0 {
		return "none"
	}
	return strconv.Itoa(n)
}

// size writes a number of bytes as the configuration does: 1MiB, 1500B, 0.
func size(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB"}
	i := 0
	for n != 0 && n%1024 == 0 && i+1 < len(units) {
		n /= 1024
		i++
	}
	if n == 0 {
		return "0"
	}
	return strconv.FormatInt(n, 10) + units[i]
}
