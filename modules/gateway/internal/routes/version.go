package routes

import (
	"fmt"

	"github.com/Masterminds/semver/v3"
)

// choice is which versions of a service serve a route.
type choice struct {
	latest bool
	// within is nil where any version will do.
	within *semver.Constraints
}

// Latest is the greatest version there is, by semver's order.
const Latest = "latest"

func parseChoice(text string) (choice, error) {
	switch text {
	case "":
		return choice{}, nil
	case Latest:
		return choice{latest: true}, nil
	}
	within, err := semver.NewConstraint(text)
	if err != nil {
		return choice{}, fmt.Errorf("must be %s, a version such as 1.2.0 or a constraint such as ^1.2, not %s", Latest, quote(text))
	}
	return choice{within: within}, nil
}

// of returns the indexes of the versions that are chosen. "" is chosen where any will do.
func (c choice) of(all []string) (chosen []int) {
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

// Admits reports whether a version is one that the text chooses, as far as one version alone can say.
func Admits(text, version string) bool {
	c, err := parseChoice(text)
	return err == nil && len(c.of([]string{version})) == 1
}
