package core

import (
	"encoding/json"
	"fmt"
	"time"
)

// issuerFile is where an outside issuer's keys are kept between starts, as they came.
type issuerFile struct {
	path   string
	issuer Issuer
	now    func() time.Time
}

// keptKeys is the file's content. It says whose keys they are, because a name may be given to another issuer.
type keptKeys struct {
	Issuer string          `json:"issuer"`
	JWKS   string          `json:"jwks"`
	Asked  time.Time       `json:"asked"`
	Set    json.RawMessage `json:"set"`
}

// read takes the file's keys as if they had just come, except for their age.
func (f issuerFile) read() (keyset, error) {
	var kept keptKeys
	if err := load(f.path, &kept); err != nil || kept.Set == nil {
		return keyset{}, err
	}
	switch {
	case kept.Issuer != f.issuer.Issuer || kept.JWKS != f.issuer.JWKS:
		return keyset{}, fmt.Errorf("%s: these are keys of issuer %q at %s", f.path, kept.Issuer, kept.JWKS)
	case kept.Asked.Sub(f.now()) > leeway: // nobody can say how old they are
		return keyset{}, fmt.Errorf("%s: these keys are of the future: %s", f.path, kept.Asked)
	}
	s, err := parseJWKS(kept.Set, f.issuer.Algorithms)
	if err != nil {
		return keyset{}, fmt.Errorf("%s: %w", f.path, err)
	}
	s.asked = kept.Asked
	return s, nil
}

func (f issuerFile) write(s keyset) error {
	return save(f.path, keptKeys{f.issuer.Issuer, f.issuer.JWKS, s.asked.UTC(), s.raw})
}

var _ shelf = issuerFile{}
