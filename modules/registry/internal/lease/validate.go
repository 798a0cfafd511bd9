package lease

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/Masterminds/semver/v3"

	"holon/modules/registry"
	"holon/transport/status"
)

const (
	// maxVersion bounds a version, in bytes.
	maxVersion = 128
	// maxFaults is how many are named at once.
	maxFaults = 10
)

// faults are what is wrong with a registration, each by the field's name.
type faults []string

func (f *faults) add(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

// check adds a fault where something is not so.
func (f *faults) check(ok bool, format string, args ...any) {
	if !ok {
		f.add(format, args...)
	}
}

func (f *faults) err() error {
	all := *f
	if len(all) == 0 {
		return nil
	}
	if n := len(all); n > maxFaults {
		all = append(slices.Clone(all[:maxFaults]), fmt.Sprintf("and %d more", n-maxFaults))
	}
	return status.New(status.Invalid, "", "%s", strings.Join(all, "; "))
}

// Validate returns a registration as it is kept: with defaults filled in, addresses in one spelling, lists sorted and each
// value once, nil for what is empty. It shares nothing with r. What it returned it returns again. Its error is Invalid and
// names all that is wrong.
func Validate(service, id string, r registry.Registration) (registry.Registration, error) {
	var f faults
	f.check(validService(service), "service must be 1 to %d of a-z, 0-9, '.', '-', '_' and begin with a letter or digit", registry.MaxName)
	f.check(validID(id), "id must be 1 to %d printable ASCII characters without spaces and / ? # %%, and not . or ..", registry.MaxID)
	address, err := normalAddress(r.Address)
	if err != nil {
		f.add("address %s", err)
	}
	r.Address = address
	if r.Version != "" {
		_, err := semver.StrictNewVersion(r.Version)
		f.check(err == nil && len(r.Version) <= maxVersion, "version must be one such as 1.2.0, not %.32q", r.Version)
	}
	r.Dependencies = f.list("dependencies", r.Dependencies, registry.MaxDependencies, "the name of a service", validService)
	r.Tags = f.list("tags", r.Tags, registry.MaxTags,
		fmt.Sprintf("1 to %d of a-z, A-Z, 0-9 and . _ : = / -, beginning with a letter or digit", registry.MaxTag), validTag)
	r.Metadata = f.metadata(r.Metadata)
	f.number("ttl_seconds", &r.TTL, registry.DefaultTTL, registry.MinTTL, registry.MaxTTL)
	f.probe(&r.Check)
	if err := f.err(); err != nil {
		return registry.Registration{}, err
	}
	return r, nil
}

// list returns a list sorted and each value once.
func (f *faults) list(field string, values []string, most int, what string, valid func(string) bool) []string {
	if len(values) == 0 {
		return nil
	}
	if n := len(values); n > most {
		f.add("%s must be %d at most, not %d", field, most, n)
		return nil
	}
	for i, v := range values {
		f.check(valid(v), "%s[%d] must be %s", field, i, what)
	}
	values = slices.Clone(values)
	slices.Sort(values)
	return slices.Clip(slices.Compact(values))
}

func (f *faults) metadata(m map[string]string) map[string]string {
	if len(m) == 0 {
		return nil
	}
	if n := len(m); n > registry.MaxMetadata {
		f.add("metadata must have %d keys at most, not %d", registry.MaxMetadata, n)
		return nil
	}
	kept := make(map[string]string, len(m))
	for _, k := range sortedKeys(m) {
		f.check(validTag(k) && len(k) <= registry.MaxMetadataKey, "the metadata key %.64q must be like a tag", k)
		f.check(printable(m[k]) && len(m[k]) <= registry.MaxMetadataValue,
			"metadata of %.64q must be %d bytes of printable text at most", k, registry.MaxMetadataValue)
		kept[k] = m[k]
	}
	return kept
}

// number fills in a default and holds the bounds.
func (f *faults) number(field string, n *int, def, least, most int) {
	if *n == 0 {
		*n = def
	}
	f.check(*n >= least && *n <= most, "%s must be %d to %d, not %d", field, least, most, *n)
}

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
