package gatewayfx

import (
	"errors"
	"time"

	"holon/configs"
	"holon/modules/gateway/internal/core"
	"holon/modules/gateway/internal/limit"
	"holon/modules/gateway/internal/routes"
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
	SlowRequest              time.Duration `yaml:"slow_request" help:"requests that take longer are kept for a while, with where their time went; 0 keeps none, and failed ones are kept anyway"`
	KeyRefresh               time.Duration `yaml:"key_refresh" help:"how often the public keys of tokens are asked for; at most 30s"`
	TokenCache               int           `yaml:"token_cache" help:"checked tokens remembered, to the nearest doubling"`
	IssuerRefresh            time.Duration `yaml:"issuer_refresh" help:"how often the public keys of outside issuers are asked for"`
	Issuers                  []Issuer      `yaml:"issuers" help:"issuers outside whose tokens are good here too"`
	TLS                      TLS           `yaml:"tls"`
	TrustedProxies           []string      `yaml:"trusted_proxies" help:"networks of proxies in front of this gateway, whose X-Forwarded headers are believed"`
	MaxClients               int           `yaml:"max_clients" help:"clients that rate limits count at one time, 32 bytes each; of more, those that have asked least are forgotten"`
	Shed                     string        `yaml:"shed" help:"for which targets requests that they cannot bear are refused at once (503), the less important first: services, all (modules too) or none"`
	RateLimits               []RateLimit   `yaml:"rate_limits" help:"how often a client may ask; each gateway allows its part"`
	Routes                   []Route       `yaml:"routes" help:"routes to services that are no modules"`
}

// Route is one item of gateway.routes.
type Route = routes.Route

// For which targets a gateway looks after itself.
const (
	shedServices = "services"
	shedAll      = "all"
	shedNone     = "none"
)

// Issuer is one item of gateway.issuers.
type Issuer = core.Issuer

// TLS names the files of the public port's certificate.
type TLS struct {
	CertFile string `yaml:"cert_file" help:"PEM file of the public port's certificate and those above it; a new one is taken up by itself; empty means no TLS"`
	KeyFile  string `yaml:"key_file" help:"PEM file of its key"`
}

func defaults() *Settings {
	l := web.DefaultLimits()
	return &Settings{
		RequestTimeout: l.RequestTimeout, ReadHeaderTimeout: l.ReadHeaderTimeout, IdleTimeout: l.IdleTimeout,
		MaxHeaderSize: configs.Bytes(l.MaxHeaderBytes), MaxHeaderFields: l.MaxHeaderFields,
		MaxURL: configs.Bytes(l.MaxURL), MaxBody: configs.Bytes(l.MaxBody),
		MaxConnections: l.MaxConns, MaxConnectionsPerAddress: l.MaxConnsPerAddress,
		SlowRequest: 500 * time.Millisecond,
		KeyRefresh:  15 * time.Second, TokenCache: 10_000, IssuerRefresh: 5 * time.Minute, MaxClients: limit.DefaultKeys, Shed: shedServices,
	}
}

// Validate refuses what would not work.
func (s *Settings) Validate() error {
	return errors.Join(
		configs.Between("request_timeout", s.RequestTimeout, 10*time.Millisecond, time.Hour),
		configs.Between("read_header_timeout", s.ReadHeaderTimeout, 100*time.Millisecond, time.Minute),
		configs.Between("idle_timeout", s.IdleTimeout, time.Second, time.Hour),
		configs.Between("max_header_size", s.MaxHeaderSize, configs.KiB, 16*configs.MiB),
		configs.Between("max_header_fields", s.MaxHeaderFields, 10, 10_000),
		configs.Between("max_url", s.MaxURL, 256, configs.MiB),
		configs.Between("max_body", s.MaxBody, configs.KiB, configs.GiB),
		configs.Between("max_connections", s.MaxConnections, 1, 1_000_000),
		configs.Between("max_connections_per_address", s.MaxConnectionsPerAddress, 0, 1_000_000),
		configs.Between("slow_request", s.SlowRequest, 0, time.Hour),
		configs.Between("key_refresh", s.KeyRefresh, 10*time.Millisecond, 30*time.Second),
		configs.Between("token_cache", s.TokenCache, 1, 10_000_000),
		configs.OneOf("shed", s.Shed, shedServices, shedAll, shedNone),
		configs.Between("issuer_refresh", s.IssuerRefresh, core.MinRefresh, core.MaxRefresh),
		configs.Between("max_clients", s.MaxClients, limit.MinKeys, 100_000_000),
		s.validateOutside(),
	)
}

func (s *Settings) limits() web.Limits {
	return web.Limits{
		RequestTimeout: s.RequestTimeout, ReadHeaderTimeout: s.ReadHeaderTimeout, IdleTimeout: s.IdleTimeout,
		MaxHeaderBytes: int(s.MaxHeaderSize), MaxHeaderFields: s.MaxHeaderFields, MaxURL: int(s.MaxURL),
		MaxBody: int64(s.MaxBody), MaxConns: s.MaxConnections, MaxConnsPerAddress: s.MaxConnectionsPerAddress,
		IdleGrace: web.DefaultLimits().IdleGrace, // nobody needs to know it
	}
}
