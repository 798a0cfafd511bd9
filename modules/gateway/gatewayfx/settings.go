package gatewayfx

import (
	"time"

	"holon/configs"
	"holon/transport/web"
)

// Settings is the section `gateway` of the configuration.
type Settings struct {
	RequestTimeout           time.Duration `yaml:"request_timeout" help:"deadline of a request whose route names none; it travels with every call"`
	ReadHeaderTimeout        time.Duration `yaml:"read_header_timeout" help:"how long a request's headers may take to arrive"`
	IdleTimeout              time.Duration `yaml:"idle_timeout" help:"when an unused connection is closed; longer than the load balancer's"`
	MaxHeaderSize            configs.Bytes `yaml:"max_header_size" help:"size of all headers of a request together"`
	MaxHeaderFields          int           `yaml:"max_header_fields" help:"number of headers of a request"`
	MaxURL                   configs.Bytes `yaml:"max_url" help:"length of a request's target"`
	MaxBody                  configs.Bytes `yaml:"max_body" help:"size of a request's body"`
	MaxConnections           int           `yaml:"max_connections" help:"open connections; further ones wait"`
	MaxConnectionsPerAddress int           `yaml:"max_connections_per_address" help:"open connections of one client address; further ones are closed; 0 means no limit"`
	KeyRefresh               time.Duration `yaml:"key_refresh" help:"how often the public keys of tokens are asked for; less than user.key_lead"`
	TokenCache               int           `yaml:"token_cache" help:"checked tokens remembered, to the nearest doubling"`
}

func defaults() *Settings {
	l := web.DefaultLimits()
	return &Settings{
		RequestTimeout: l.RequestTimeout, ReadHeaderTimeout: l.ReadHeaderTimeout, IdleTimeout: l.IdleTimeout,
		MaxHeaderSize: configs.Bytes(l.MaxHeaderBytes), MaxHeaderFields: l.MaxHeaderFields,
		MaxURL: configs.Bytes(l.MaxURL), MaxBody: configs.Bytes(l.MaxBody),
		MaxConnections: l.MaxConns, MaxConnectionsPerAddress: l.MaxConnsPerAddress,
		KeyRefresh: 15 * time.Second, TokenCache: 10_000,
	}
}

// Validate refuses what would not work.
func (s *Settings) Validate() error {
	for _, d := range []struct {
		key       string
		value     time.Duration
		low, high time.Duration
	}{
		{"request_timeout", s.RequestTimeout, 10 * time.Millisecond, time.Hour},
		{"read_header_timeout", s.ReadHeaderTimeout, 100 * time.Millisecond, time.Minute},
		{"idle_timeout", s.IdleTimeout, time.Second, time.Hour},
		{"key_refresh", s.KeyRefresh, 10 * time.Millisecond, time.Hour},
	} {
		if d.value < d.low || d.value > d.high {
			return configs.Invalid(d.key, "%s is not between %s and %s", d.value, d.low, d.high)
		}
	}
	for _, n := range []struct {
		key       string
		value     int64
		low, high int64
	}{
		{"max_header_size", int64(s.MaxHeaderSize), 1 << 10, 16 << 20},
		{"max_header_fields", int64(s.MaxHeaderFields), 10, 10_000},
		{"max_url", int64(s.MaxURL), 256, 1 << 20},
		{"max_body", int64(s.MaxBody), 1 << 10, 1 << 30},
		{"max_connections", int64(s.MaxConnections), 1, 1_000_000},
		{"max_connections_per_address", int64(s.MaxConnectionsPerAddress), 0, 1_000_000},
		{"token_cache", int64(s.TokenCache), 1, 10_000_000},
	} {
		if n.value < n.low || n.value > n.high {
			return configs.Invalid(n.key, "%d is not between %d and %d", n.value, n.low, n.high)
		}
	}
	return nil
}

func (s *Settings) limits() web.Limits {
	return web.Limits{
		RequestTimeout: s.RequestTimeout, ReadHeaderTimeout: s.ReadHeaderTimeout, IdleTimeout: s.IdleTimeout,
		MaxHeaderBytes: int(s.MaxHeaderSize), MaxHeaderFields: s.MaxHeaderFields, MaxURL: int(s.MaxURL),
		MaxBody: int64(s.MaxBody), MaxConns: s.MaxConnections, MaxConnsPerAddress: s.MaxConnectionsPerAddress,
	}
}
