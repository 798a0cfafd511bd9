package configs

import (
	"errors"
	"math"
	"net"
	"regexp"
	"slices"
	"time"
)

// All is the module name that stands for every module.
const All = "all"

// MaxName is the greatest length of a node name in bytes. The name is a folder of the data dir and travels in gossip.
const MaxName = 63

var nodeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// Validate reports every setting that breaks a rule of its own, as errors made by Invalid. Whether the modules exist
// is for Load to say, which knows them.
func (c *Config) Validate() error {
	errs := []error{
		Address("http.addr", c.HTTP.Addr),
		loopback("admin.addr", c.Admin.Addr),
		OneOf("log.level", c.Log.Level, "debug", "info", "warn", "error"),
		OneOf("log.format", c.Log.Format, "auto", "text", "json"),
	}
	errs = append(errs, c.validateCluster()...)
	errs = append(errs, Between("lb_grace", c.LBGrace, 0, 10*time.Minute))
	errs = append(errs, c.Delivery.validate()...)
	if c.Health.Addr != "" {
		errs = append(errs, Address("health.addr", c.Health.Addr))
	}
	if c.Name != "" && (len(c.Name) > MaxName || !nodeName.MatchString(c.Name)) {
		errs = append(errs, Invalid("name",
			"must be 1 to %d letters, digits, dots, dashes or underscores, the first a letter or a digit, not %s",
			MaxName, quote(c.Name)))
	}
	if c.Data.Dir == "" {
		errs = append(errs, Invalid("data.dir", "must name a folder"))
	}
	return errors.Join(errs...)
}

// maxPauses and maxPause bound the schedule of retries.
const (
	maxPauses = 20
	maxPause  = 24 * time.Hour
)

func (d *Delivery) validate() []error {
	errs := []error{
		Between("delivery.timeout", d.Timeout, time.Second, 10*time.Minute),
		Between("delivery.keep", d.Keep, time.Hour, 365*24*time.Hour),
		Between("delivery.max_backlog", d.MaxBacklog, 1000, math.MaxInt32),
	}
	if len(d.Retry) > maxPauses {
		errs = append(errs, Invalid("delivery.retry", "must have at most %d pauses, not %d", maxPauses, len(d.Retry)))
	}
	for _, p := range d.Retry {
		errs = append(errs, Between("delivery.retry", p, time.Millisecond, maxPause))
	}
	return errs
}

// loopback is Address for a port that must not be reachable from other hosts.
func loopback(key, addr string) error {
	if err := Address(key, addr); err != nil {
		return err
	}
	if host, _, _ := net.SplitHostPort(addr); isLoopback(host) {
		return nil
	}
	return &invalid{
		key:     key,
		message: "must be a loopback address such as 127.0.0.1:7948, not " + quote(addr),
		hint:    "whoever reaches this port commands the node; for probes from other hosts use --health-addr",
	}
}

// checkModules reports the names in modules that are none of valid. It is not part of Validate because only the
// caller of Load knows the valid ones.
func checkModules(modules, valid []string) []itemError {
	if len(modules) == 0 {
		return []itemError{{0, &invalid{key: "modules", message: "must name at least one module"}}}
	}
	var errs []itemError
	names := slices.Sorted(slices.Values(append([]string{All}, valid...)))
	for i, m := range modules {
		switch {
		case !slices.Contains(names, m):
			errs = append(errs, itemError{i, &invalid{
				key: "modules", message: "names an unknown module " + quote(m), hint: suggest(m, names, "valid modules"),
			}})
		case slices.Contains(modules[:i], m):
			errs = append(errs, itemError{i, &invalid{key: "modules", message: "names " + quote(m) + " twice"}})
		case m == All && len(modules) > 1:
			errs = append(errs, itemError{i, &invalid{key: "modules", message: `must be "all" alone or a list without it`}})
		}
	}
	return errs
}

// itemError is what is wrong with one item of a list.
type itemError struct {
	item int
	*invalid
}
