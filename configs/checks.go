package configs

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Invalid says that the setting named key, relative to the struct that is validated, breaks a rule. The text
// continues the sentence that begins with the key: Invalid("retries", "must be even, not %d", n). A Validate method
// may join several with errors.Join; Load finds out where each value was set. Do not repeat a secret in it.
func Invalid(key, format string, args ...any) error {
	return &invalid{key: key, message: fmt.Sprintf(format, args...)}
}

// Between returns nil when lo <= v <= hi, and otherwise an Invalid error that names the range.
func Between[T cmp.Ordered](key string, v, lo, hi T) error {
	if v >= lo && v <= hi { // written so that a NaN fails
		return nil
	}
	return Invalid(key, "must be between %s and %s, not %s", plain(lo), plain(hi), plain(v))
}

// OneOf returns nil when v is one of the allowed texts, and otherwise an Invalid error that lists them.
func OneOf(key, v string, allowed ...string) error {
	if slices.Contains(allowed, v) {
		return nil
	}
	e := &invalid{key: key, message: fmt.Sprintf("must be one of %s, not %s", strings.Join(allowed, ", "), quote(v))}
	if best := Nearest(v, allowed); best != "" {
		e.hint = didYouMean(best)
	}
	return e
}

// Address returns nil when v is host:port with a port from 0 to 65535 and a host that is empty, an IP address or
// spelled like a host name, and otherwise an Invalid error. It asks no resolver: a name may begin to exist later.
func Address(key, v string) error {
	host, port, err := net.SplitHostPort(v)
	if err != nil {
		return Invalid(key, "must be host:port, such as 127.0.0.1:8080 or :8080, not %s", quote(v))
	}
	if n, err := strconv.ParseUint(port, 10, 64); err != nil || n > 65535 {
		return Invalid(key, "must end in a port between 0 and 65535, not %s", quote(port))
	}
	if !validHost(host) {
		return Invalid(key, "must begin with an IP address or a host name, not %s", quote(host))
	}
	return nil
}

var hostLabel = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$`)

func validHost(host string) bool {
	if host == "" {
		return true
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	for _, label := range labels {
		if !hostLabel.MatchString(label) {
			return false
		}
	}
	// A name whose last part is a number is a mistyped IP address: no top-level domain is one.
	_, err := strconv.ParseUint(labels[len(labels)-1], 10, 64)
	return err != nil && len(host) <= 253
}

// invalid is an error of Validate, before Load has put the value's origin to it.
type invalid struct {
	key     string
	message string
	hint    string
}

// Error says the sentence without the place, for the tests of the one who validates.
func (e *invalid) Error() string { return e.key + " " + e.message }
