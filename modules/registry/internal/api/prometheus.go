package api

import (
	"context"
	"maps"
	"slices"
	"strings"

	"holon/modules/registry"
)

type targetsIn struct {
	Service string `query:"service" maxLength:"64" doc:"Only this service."`
	Tag     string `query:"tag" maxLength:"64" doc:"Only instances that carry this tag."`
}

// Target is an instance as Prometheus' http_sd takes it.
type Target struct {
	Targets []string          `json:"targets"`
	Labels  map[string]string `json:"labels"`
}

type targetsOut struct{ Body []Target }

// prometheus lists the instances of services outside that have an address: whether they are well is for Prometheus to see.
func (r *routes) prometheus(ctx context.Context, in *targetsIn) (*targetsOut, error) {
	out, ask := &targetsOut{Body: []Target{}}, registry.ListRequest{Tag: in.Tag, Limit: targetsPage}
	for more := true; more; {
		reply, err := r.s.List(ctx, ask)
		if err != nil {
			return nil, err
		}
		for _, s := range reply.Services {
			ask.After = s.Name
			for _, i := range s.Instances {
				if i.Kind == registry.KindLease && (in.Service == "" || in.Service == s.Name) {
					out.Body = append(out.Body, Target{Targets: []string{i.Address}, Labels: labels(s.Name, i)})
				}
			}
		}
		more = reply.More && len(reply.Services) > 0
	}
	return out, nil
}

// targetsPage is how many services one call asks for: all of them could be more than a reply holds.
const targetsPage = 100

// labels are those that relabelling sees, in Prometheus' way of naming them. The path and the scheme go by what the metadata
// says.
func labels(service string, i registry.Instance) map[string]string {
	l := map[string]string{
		"__meta_holon_service": service, "__meta_holon_instance": i.ID, "__meta_holon_version": i.Version,
		"__meta_holon_health": i.Health.Status, "__meta_holon_tags": "," + strings.Join(i.Tags, ",") + ",",
	}
	for _, name := range slices.Sorted(maps.Keys(i.Metadata)) { // of two that look alike as labels, always the same one
		value := i.Metadata[name]
		switch name {
		case "metrics_path":
			l["__metrics_path__"] = value
		case "scheme":
			l["__scheme__"] = value
		}
		l["__meta_holon_metadata_"+labelName(name)] = value
	}
	return l
}

// labelName puts what a label's name cannot have as an underscore.
func labelName(name string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return c
		}
		return '_'
	}, name)
}
