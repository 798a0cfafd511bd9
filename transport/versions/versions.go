// Package versions says which of several versions of a service are meant. It knows no instances, and nothing of how they are
// reached.
package versions

import (
	"fmt"

	"github.com/Masterminds/semver/v3"
)

// Latest chooses the greatest version there is, by semver's precedence: pre-releases come before their release.
const Latest = "latest"

// Choice is a choice among the versions of a service. The zero value chooses all, also what has none.
type Choice struct {
	latest bool
	// within is nil where any version will do.
	within *semver.Constraints
}

// Parse reads Latest, a version or a constraint such as ^1.2; "" chooses all. The error says what it must be.
func Parse(text string) (Choice, error) {
	switch text {
	case "":
		return Choice{}, nil
	case Latest:
		return Choice{latest: true}, nil
	}
	within, err := semver.NewConstraint(text)
	if err != nil {
		return Choice{}, fmt.Errorf("must be %s, a version such as 1.2.0 or a constraint such as ^1.2, not %.80q", Latest, text)
	}
	return Choice{within: within}, nil
}

// Of returns the indexes of the versions that are chosen. What is no version is chosen only where all are.
func (c Choice) Of(all []string) (chosen []int) {
	var greatest *semver.Version
	for i, text := range all {
		v, err := semver.StrictNewVersion(text)
		switch {
		case !c.latest && c.within == nil:
			chosen = append(chosen, i)
		case err != nil:
		case c.latest && (greatest == nil || v.GreaterThan(greatest)):
			greatest, chosen = v, []int{i}
		case c.latest && v.Equal(greatest), !c.latest && c.within.Check(v):
			chosen = append(chosen, i)
		}
	}
	return chosen
}
