package gatewayfx

import (
	"errors"
	"time"

	"holon/configs"
	"holon/modules/gateway/internal/core"
	"holon/modules/gateway/internal/guard"
	"holon/modules/gateway/internal/limit"
	"holon/modules/gateway/internal/routes"
)

// RateLimit is one item of gateway.rate_limits.
type RateLimit struct {
	Name     string        `yaml:"name" help:"its name, by which routes choose it and clients are told"`
	Requests int           `yaml:"requests" help:"how many requests a client may make in the time, on average"`
	Per      time.Duration `yaml:"per" help:"the time"`
	Burst    int           `yaml:"burst" help:"how many may come at once after a rest; 0 means as many as requests"`
	For      []string      `yaml:"for" help:"what it is for: module:NAME, route:ID, service:NAME, write, read, anonymous; none means everything. The first that is for a request counts"`
	By       string        `yaml:"by" help:"whose requests are counted together: client is the API key, else the user, else the address; address is the address"`
}

// Defaults sets what a rate limit has that says nothing.
func (r *RateLimit) Defaults() { r.Per, r.By = time.Minute, byClient }

const (
	byClient  = "client"
	byAddress = "address"
)

func (r *RateLimit) policy() limit.Policy {
	return limit.Policy{Name: r.Name, Requests: r.Requests, Per: r.Per, Burst: r.Burst}
}

// rules are the rate limits as the guard has them.
func (s *Settings) rules() (all []guard.Rule) {
	for _, r := range s.RateLimits {
		all = append(all, guard.Rule{Policy: r.policy(), For: r.For, ByAddress: r.By == byAddress})
	}
	return all
}

// policies are the names that routes may choose.
func (s *Settings) policies() (names []string) {
	for _, r := range s.RateLimits {
		names = append(names, r.Name)
	}
	return names
}

// table checks the routes, beside those of modules where these are given.
func (s *Settings) table(beside *routes.Beside) (*routes.Table, error) {
	return routes.New(s.Routes, s.policies(), beside)
}

// validateOutside refuses what cannot be of routes, rate limits and proxies.
func (s *Settings) validateOutside() error {
	var errs []error
	seen := make(map[string]bool)
	for i, r := range s.RateLimits {
		at := configs.Item("rate_limits", i)
		if err := r.policy().Validate(); err != nil {
			errs = append(errs, configs.Invalid(at+".name", "is a rate limit that cannot be: %v", err))
		}
		if seen[r.Name] {
			errs = append(errs, configs.Invalid(at+".name", "is %q, as is that of another", r.Name))
		}
		seen[r.Name] = true
		errs = append(errs, configs.OneOf(at+".by", r.By, byClient, byAddress))
		for _, word := range r.For {
			if !guard.Means(word) {
				errs = append(errs, configs.Invalid(at+".for", "must be module:NAME, route:ID, service:NAME, write, read, anonymous or *, not %q", word))
			}
		}
	}
	for i := range s.Issuers {
		if err := s.Issuers[i].Validate(); err != nil {
			errs = append(errs, configs.Invalid(configs.Item("issuers", i)+".name", "is an issuer that cannot be: %v", err))
		}
	}
	if err := core.Distinct(s.Issuers); err != nil {
		errs = append(errs, configs.Invalid("issuers", "cannot be told apart: %v", err))
	}
	for _, text := range s.TrustedProxies {
		if _, err := parseNetwork(text); err != nil {
			errs = append(errs, configs.Invalid("trusted_proxies", "must be networks such as 10.0.0.0/8 or addresses, not %q", text))
		}
	}
	if (s.TLS.CertFile == "") != (s.TLS.KeyFile == "") {
		errs = append(errs, configs.Invalid("tls.cert_file", "and tls.key_file go together: give both or none"))
	}
	_, err := s.table(nil)
	return errors.Join(append(errs, err)...)
}
