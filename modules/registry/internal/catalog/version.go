package catalog

import (
	"slices"

	"github.com/Masterminds/semver/v3"

	"holon/modules/registry"
	"holon/transport/status"
	"holon/transport/versions"
)

// maxVersion bounds the text of a choice.
const maxVersion = 128

func parseChoice(text string) (versions.Choice, error) {
	choice, err := versions.Parse(text)
	switch {
	case err == nil && len(text) > maxVersion:
		return choice, status.New(status.Invalid, "bad_version", "version may have %d bytes", maxVersion)
	case err != nil:
		return choice, status.New(status.Invalid, "bad_version", "version %s", err.Error())
	}
	return choice, nil
}

// of returns the instances whose version is chosen.
func of(choice versions.Choice, all []registry.Instance) (chosen []registry.Instance) {
	texts := make([]string, len(all))
	for i := range all {
		texts[i] = all[i].Version
	}
	for _, i := range choice.Of(texts) {
		chosen = append(chosen, all[i])
	}
	return chosen
}

// versionOf reads an instance's version. Modules are of binaries, whose versions need not be semver's.
func versionOf(i registry.Instance) (*semver.Version, error) {
	return semver.StrictNewVersion(i.Version)
}

// versionsOf are those there are, the greatest first; what is no version comes last.
func versionsOf(all []registry.Instance) (texts []string) {
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
