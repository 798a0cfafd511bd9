package limit

import (
	"strconv"
	"time"
)

// Verdict is what came of a request.
type Verdict struct {
	// Allowed says that it may be made.
	Allowed bool
	// Limit is the most that Remaining can be, the burst of this gateway; Remaining are the requests that may be made now.
	Limit, Remaining int
	// Reset is when Remaining is Limit again if none is made.
	Reset time.Duration
	// RetryAfter is when a refused request would be allowed, to the nanosecond, if none is made until then; 0 for one that
	// was allowed.
	RetryAfter time.Duration
}

// Header returns the policy as a member of the RateLimit-Policy field: `"default";q=100;w=60`
// (draft-ietf-httpapi-ratelimit-headers-10). It tells of the whole policy, not of a gateway's share, because it should
// be the same in all answers; make it once. Several members are joined by ", ".
func (p Policy) Header() string {
	b := make([]byte, 0, 80)
	b = append(b, '"')
	b = append(b, p.Name...)
	b = append(b, `";q=`...)
	b = strconv.AppendInt(b, int64(p.Requests), 10)
	b = append(b, ";w="...)
	b = strconv.AppendInt(b, wholeSeconds(p.Per), 10)
	return string(b)
}

// Header returns the verdict under the policy of that name as a member of the RateLimit field: `"default";r=42;t=17`.
func (v Verdict) Header(policy string) string {
	b := make([]byte, 0, 80)
	b = append(b, '"')
	b = append(b, policy...)
	b = append(b, `";r=`...)
	b = strconv.AppendInt(b, int64(v.Remaining), 10)
	b = append(b, ";t="...)
	b = strconv.AppendInt(b, wholeSeconds(v.Reset), 10)
	return string(b)
}

// RetryAfter returns a wait as the Retry-After field has it (RFC 9110, 10.2.3): whole seconds, rounded up, at least 1.
func RetryAfter(d time.Duration) string {
	return strconv.FormatInt(max(wholeSeconds(d), 1), 10)
}

// wholeSeconds rounds up: who waits that long has waited long enough.
func wholeSeconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
