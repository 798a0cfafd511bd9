package catalog

import (
	"slices"

	"github.com/Masterminds/semver/v3"

	"holon/modules/registry"
	"holon/transport/status"
)

// latest is the greatest version there is, by semver's precedence.
const latest = "latest"

// choice is which versions are asked for.
type choice struct {
	text   string
	latest bool
	within *semver.Constraints // nil where any version will do
}

// maxVersion bounds the text of a choice.
const maxVersion = 128

func parseChoice(text string) (choice, error) {
	switch text {
	case "":
		return choice{}, nil
	case latest:
		return choice{text: text, latest: true}, nil
	}
	within, err := semver.NewConstraint(text)
	if err != nil || len(text) > maxVersion {
		return choice{}, status.New(status.Invalid, "bad_version", "version must be %s, a version such as 1.2.0 or a constraint such as ^1.2, not %.40q", latest, text)
	}
	return choice{text: text, within: within}, nil
}

// of returns the instances whose version is chosen. One without a version is chosen where any will do.
func (c choice) of(all []registry.Instance) (chosen []registry.Instance) {
	if !c.latest && c.within == nil {
		return all
	}
	var greatest *semver.Version
	for _, i := range all {
		v, err := versionOf(i)
		switch {
		case err != nil:
		case c.latest && (greatest == nil || v.GreaterThan(greatest)):
			greatest, chosen = v, []registry.Instance{i}
		case c.latest && v.Equal(greatest), !c.latest && c.within.Check(v):
			chosen = append(chosen, i)
		}
	}
	return chosen
}

// versionOf reads an instance's version. Modules are of binaries, whose versions need not be semver's.
func versionOf(i registry.Instance) (*semver.Version, error) {
	return semver.StrictNewVersion(i.Version)
}

// versions are those there are, the greatest first; what is no version comes last.
func versions(all []registry.Instance) (texts []string) {
	var good []*semver.Version
	var other []string
	for _, i := range all {
		if v, err := versionOf(i); err == nil {
			good = append(good, v)
		} else if i.Version != "" {
			other = append(other, i.Version)
		}
	}
	slices.SortFunc(good, func(a, b *semver.Version) int { return b.Compare(a) })
	for _, v := range good {
		texts = append(texts, v.Original())
	}
	slices.Sort(other)
	return slices.Compact(append(texts, other...))
}
