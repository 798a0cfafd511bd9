package contract

// Once asks for work to be done at most once, however often the request arrives. The zero value asks for nothing.
// The scope of a key is the subject and the operation.
type Once struct {
	// Key is the client's own name for this piece of work, 1 to 255 characters; empty means none was given.
	Key string `json:"key,omitempty"`
	// Fingerprint tells whether two requests with one key are the same request: SHA-256 of path and raw body.
	Fingerprint []byte `json:"fingerprint,omitempty"`
}

// MaxOnceKey is the longest key, in bytes.
const MaxOnceKey = 255
