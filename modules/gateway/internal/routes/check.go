package routes

import (
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"

	"holon/configs"
	"holon/transport/versions"
)

const (
	// maxName bounds a route's name: it is a label of metrics.
	maxName = 64
	// maxWeight bounds a version's share.
	maxWeight = 1_000_000
	// MaxTimeout bounds how long an answer may take that does not stream.
	MaxTimeout = time.Hour
)

var (
	validName   = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)
	validMethod = regexp.MustCompile(`^[A-Z][A-Z-]{0,31}$`)
	validHost   = regexp.MustCompile(`^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)
	validHeader = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^`|~-]+$")
)

// check reports what is wrong with a route by itself, each fault under the key of its setting below at.
func (r *Route) check(at string, policies []string) error {
	bad := func(key, format string, args ...any) error { return configs.Invalid(at+"."+key, format, args...) }
	var errs []error
	add := func(err error) { errs = append(errs, err) }
	if !validName.MatchString(r.Name) || len(r.Name) > maxName {
		add(bad("name", "must be 1 to %d lower-case letters, digits, dots, dashes and underscores, not %q", maxName, r.Name))
	}
	for _, h := range r.Hosts {
		if !validHost.MatchString(h) {
			add(bad("hosts", "must be host names in lower case without a port, such as shop.example.com or *.example.com, not %q", h))
		}
	}
	for _, m := range slices.Concat(r.Methods, r.Retry.Methods, r.CORS.Methods) {
		if !validMethod.MatchString(m) || m == "CONNECT" || m == "TRACE" {
			add(bad("methods", "must be methods in capitals other than CONNECT and TRACE, not %q", m))
		}
	}
	p, err := parsePattern(r.Path)
	if err != nil {
		add(bad("path", "%v", err))
	}
	if err := p.checkRewrite(r.Strip, r.Rewrite); err != nil {
		key := "rewrite"
		if r.Rewrite == "" {
			key = "strip"
		}
		add(bad(key, "%v", err))
	}
	add(r.checkTarget(bad))
	add(configs.Between(at+".timeout", r.Timeout, 10*time.Millisecond, MaxTimeout))
	add(configs.Between(at+".max_body", r.MaxBody, 1, configs.GiB))
	add(configs.OneOf(at+".auth", r.Auth, AuthNone, AuthAny))
	if r.Auth == AuthNone && len(r.Roles)+len(r.Scopes) > 0 {
		add(bad("auth", "is none, and roles or scopes are asked for: leave one out"))
	}
	if r.RateLimit != "" && !slices.Contains(policies, r.RateLimit) {
		add(bad("rate_limit", "must name one of gateway.rate_limits, not %q", r.RateLimit))
	}
	add(configs.OneOf(at+".priority", r.Priority, PriorityAuto, PriorityCritical, PriorityWrite, PriorityRead, PriorityAnonymous))
	add(r.CORS.check(bad))
	return errors.Join(errs...)
}

// checkTarget looks at where requests go.
func (r *Route) checkTarget(bad func(key, format string, args ...any) error) error {
	var errs []error
	add := func(err error) { errs = append(errs, err) }
	if (r.Service == "") == (len(r.Upstreams) == 0) {
		add(bad("upstreams", "or a service must be given, one of the two"))
	}
	if r.Service != "" && (!validName.MatchString(r.Service) || len(r.Service) > maxName) {
		add(bad("service", "must be the name of a module or of a service that leases, not %q", r.Service))
	}
	seen := map[string]bool{}
	for _, u := range r.Upstreams {
		if _, err := u.parse(); err != nil {
			add(bad("upstreams", "%v", err))
		}
		if u.Version != "" {
			if _, err := semver.StrictNewVersion(u.Version); err != nil {
				add(bad("upstreams", "have a version %q that is none: it is like 1.2.0", u.Version))
			}
		}
		if seen[u.URL] {
			add(bad("upstreams", "name %q twice", u.URL))
		}
		seen[u.URL] = true
	}
	choice, err := versions.Parse(r.Version)
	if err != nil {
		add(bad("version", "%v", err))
	} else if r.Service == "" && len(r.Upstreams) > 0 && len(choice.Of(r.versions())) == 0 {
		add(bad("version", "is %q, and no upstream is of such a version", r.Version))
	}
	sum := 0
	for _, w := range r.Weights {
		if r.Service == "" && !slices.Contains(r.versions(), w.Version) {
			add(bad("weights", "are for version %q, of which there is no upstream", w.Version))
		}
		if w.Weight < 0 || w.Weight > maxWeight {
			add(bad("weights", "must be between 0 and %d, not %d", maxWeight, w.Weight))
		}
		sum += w.Weight
	}
	if len(r.Weights) > 0 && sum == 0 {
		add(bad("weights", "must leave something to at least one version"))
	}
	return errors.Join(errs...)
}

// versions are those of the upstreams.
func (r *Route) versions() (all []string) {
	for _, u := range r.Upstreams {
		all = append(all, u.Version)
	}
	return all
}

// checkService looks at a route whose service is a module. What is no module leases, sooner or later.
func (r *Route) checkService(at string, beside *Beside) error {
	i := beside.module(r.Service)
	switch {
	case r.Service != "" && beside.handler(r.Service) && len(r.Weights) > 0:
		return configs.Invalid(at+".weights", "are not for a module: %s is asked where it is, by version at the most", r.Service)
	case i < 0 || r.Service == "":
		return nil
	case r.Upgrade || r.Streams || len(r.Weights) > 0:
		return configs.Invalid(at+".service", "is a module: its routes neither stream nor upgrade, and there is one version of it")
	case len(r.Roles)+len(r.Scopes) > 0 || r.RateLimit != "" || r.Priority != PriorityAuto || r.Auth != AuthAny:
		return configs.Invalid(at+".service", "is a module: who may ask it and how often is said by its own routes (gateway.rate_limits with module:%s), not here", r.Service)
	case !Admits(r.Version, beside.Builtins[i].Version):
		return configs.Invalid(at+".version", "is %q, and module %s is version %s", r.Version, r.Service, beside.Builtins[i].Version)
	}
	return nil
}

// Admits reports whether a version is one that the text chooses, as far as one version alone can say.
func Admits(text, version string) bool {
	choice, err := versions.Parse(text)
	return err == nil && len(choice.Of([]string{version})) == 1
}

func (u Upstream) parse() (*url.URL, error) {
	at, err := url.Parse(u.URL)
	if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" || at.User != nil || at.RawQuery != "" || at.Fragment != "" {
		return nil, errors.New("must have urls such as http://10.0.0.1:9000, not " + quote(u.URL))
	}
	if port := at.Port(); port == "" {
		return nil, errors.New("must have urls with a port, not " + quote(u.URL))
	}
	at.Path = strings.TrimSuffix(at.Path, "/")
	return at, nil
}

func (c CORS) check(bad func(key, format string, args ...any) error) error {
	var errs []error
	for _, o := range c.Origins {
		at, err := url.Parse(o)
		switch {
		case o == "*" && c.Credentials:
			errs = append(errs, bad("cors.origins", "cannot be everybody together with credentials"))
		case o == "*":
		case err != nil, at.Scheme == "", at.Host == "", at.Path != "", o != strings.ToLower(o):
			errs = append(errs, bad("cors.origins", "must be scheme://host[:port] in lower case, not %q", o))
		}
	}
	for _, h := range slices.Concat(c.Headers, c.Expose) {
		if !validHeader.MatchString(h) {
			errs = append(errs, bad("cors.headers", "must be names of headers, not %q", h))
		}
	}
	if c.MaxAge < 0 || c.MaxAge > 24*time.Hour {
		errs = append(errs, bad("cors.max_age", "must be between 0 and 24h"))
	}
	return errors.Join(errs...)
}

func quote(s string) string {
	if len(s) > 80 {
		s = s[:80] + "…"
	}
	return `"` + s + `"`
}
