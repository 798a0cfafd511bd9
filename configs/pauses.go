package configs

import (
	"strings"
	"time"
)

// Pauses is a list of durations, written as 1s, 5s, 30s.
type Pauses []time.Duration

// UnmarshalText reads a comma list; an empty one has no pauses.
func (p *Pauses) UnmarshalText(text []byte) error {
	var out Pauses
	if strings.TrimSpace(string(text)) != "" {
		for part := range strings.SplitSeq(string(text), ",") {
			d, err := time.ParseDuration(strings.TrimSpace(part))
			if err != nil {
				return wanted("a list of durations such as 1s, 5s, 30s")
			}
			out = append(out, d)
		}
	}
	*p = out
	return nil
}

// MarshalText writes it as UnmarshalText reads it.
func (p Pauses) MarshalText() ([]byte, error) {
	parts := make([]string, len(p))
	for i, d := range p {
		parts[i] = plain(d)
	}
	return []byte(strings.Join(parts, ", ")), nil
}
